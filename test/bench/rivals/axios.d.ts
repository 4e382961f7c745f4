/** As far as the sample uses it. axios is installed for the benchmark alone, on demand. */
declare module 'axios' {
  interface Payment {
    readonly status: string;
    readonly cancel_amount: number;
    readonly cancel_history: readonly object[];
    readonly access_token: string;
  }
  interface Asked {
    readonly url: string;
    readonly method: 'post';
    readonly headers: Readonly<Record<string, string>>;
    readonly data: object;
  }
  function axios(asked: Asked): Promise<{ readonly data: { readonly response: Payment } }>;
  export default axios;
}
