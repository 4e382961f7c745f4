/** As far as the sample uses it. axios is installed for the benchmark alone, on demand. */
declare module 'axios' {
  interface Payment {
    readonly status: string;
    readonly cancel_amount: number;
    readonly cancel_history: readonly object[];
    readonly access_token: string;
  }
  interface Axios {
    post(
      url: string,
      body: unknown,
      options?: { readonly headers: Readonly<Record<string, string>> },
    ): Promise<{ readonly data: { readonly response: Payment } }>;
  }
  const axios: Axios;
  export default axios;
}
