export const handler = async (): Promise<void> => Promise.reject(new Error('Bug: not built yet'));
