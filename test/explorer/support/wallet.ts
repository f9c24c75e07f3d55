import { JsonRpcProvider, type TypedDataField, Wallet } from "ethers";
import type { BrowserContext, Page } from "playwright-core";

/** How a wallet behaves. */
export interface WalletOptions {
  readonly rpc: string;
  readonly key: string;
  /** The chain that it is on at first. */
  readonly chainId: number;
  /** Whether it takes several calls as one (EIP-5792), or says so and then doesn't. */
  readonly batches?: boolean | "announced";
}

interface Asked {
  readonly method: string;
  readonly params?: readonly unknown[];
}

/** Code and message of an error, as EIP-1193 has them. */
class WalletError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    [this.code, this.data] = [code, data];
  }
}

const BINDING = "tributaryTestWallet";

/** What runs in the page: announces a provider (EIP-6963) whose requests are answered by the test's process. */
const PAGE_SCRIPT = `(() => {
  const listeners = new Map();
  const provider = {
    request: async ({ method, params }) => {
      const { result, error } = await window.${BINDING}({ method, params });
      if (error === undefined) return result;
      throw Object.assign(new Error(error.message), error);
    },
    on: (event, listener) => { listeners.set(event, [...(listeners.get(event) ?? []), listener]); return provider; },
    removeListener: (event, listener) => {
      listeners.set(event, (listeners.get(event) ?? []).filter((known) => known !== listener));
      return provider;
    },
  };
  window.${BINDING}Emit = (event, value) => (listeners.get(event) ?? []).forEach((listener) => listener(value));
  const icon = "data:image/svg+xml," + encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" rx="2" fill="#7048e8"/></svg>');
  const info = { uuid: "4c0d9f0e-6d6c-4f0f-9d3c-1f2e3d4c5b6a", name: "Test wallet", icon, rdns: "example.test" };
  const announce = () =>
    window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }));
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
})();`;

/** A wallet of one key, which signs in the test's process and sends to a real chain. */
export class TestWallet {
  readonly wallet: Wallet;
  readonly #provider: JsonRpcProvider;
  readonly #right: number;
  readonly #batches: boolean | "announced";
  readonly #sent = new Map<string, readonly string[]>();
  /** Everything that asks the owner for something. */
  readonly prompts: Asked[] = [];
  #chainId: number;
  #refusals = 0;
  #page: Page | undefined;

  constructor({ rpc, key, chainId, batches = false }: WalletOptions) {
    this.#provider = new JsonRpcProvider(rpc, undefined, { cacheTimeout: -1, polling: true });
    this.wallet = new Wallet(key, this.#provider);
    [this.#right, this.#chainId, this.#batches] = [chainId, chainId, batches];
  }

  get address(): string {
    return this.wallet.address;
  }

  /** Puts the wallet into all pages of a context. */
  async install(context: BrowserContext): Promise<void> {
    await context.exposeBinding(BINDING, async ({ page }, asked: Asked) => {
      this.#page = page;
      try {
        return { result: await this.#answer(asked) };
      } catch (error) {
        const { code = -32603, message, data } = error as Partial<WalletError> & Error;
        return { error: { code, message, data } };
      }
    });
    await context.addInitScript(PAGE_SCRIPT);
  }

  /** The owner says no to what is asked next. */
  refuseNext(times = 1): void {
    this.#refusals = times;
  }

  /** The owner goes to another chain. */
  async goTo(chainId: number): Promise<void> {
    this.#chainId = chainId;
    const hex = `0x${chainId.toString(16)}`;
    await this.#page?.evaluate(`window.${BINDING}Emit("chainChanged", "${hex}")`);
  }

  /** The owner goes on as another account, which this wallet can't sign for. */
  async become(address: string): Promise<void> {
    await this.#page?.evaluate(`window.${BINDING}Emit("accountsChanged", ["${address}"])`);
  }

  close(): void {
    this.#provider.destroy();
  }

  /** Notes what the owner is asked, who may say no. */
  #prompt(asked: Asked): void {
    this.prompts.push(asked);
    if (this.#refusals === 0) return;
    this.#refusals--;
    throw new WalletError(4001, "User rejected the request.");
  }

  async #answer(asked: Asked): Promise<unknown> {
    const { method, params = [] } = asked;
    switch (method) {
      case "eth_requestAccounts":
        this.#prompt(asked);
        return [this.address];
      case "eth_accounts":
        return [this.address];
      case "eth_chainId":
        return `0x${this.#chainId.toString(16)}`;
      case "wallet_switchEthereumChain": {
        this.#prompt(asked);
        const [{ chainId }] = params as [{ chainId: string }];
        if (Number(chainId) !== this.#right) throw new WalletError(4902, "Unrecognized chain ID.");
        await this.goTo(Number(chainId));
        return null;
      }
      case "eth_signTypedData_v4": {
        this.#prompt(asked);
        const [, text] = params as [string, string];
        const { domain, types, message } = JSON.parse(text) as {
          domain: Record<string, unknown>;
          types: Record<string, TypedDataField[]>;
          message: Record<string, unknown>;
        };
        const own = Object.fromEntries(Object.entries(types).filter(([name]) => name !== "EIP712Domain"));
        return this.wallet.signTypedData(domain, own, message);
      }
      case "eth_sendTransaction":
        this.#prompt(asked);
        return this.#send(params[0] as Sendable);
      case "wallet_getCapabilities":
        if (this.#batches === false) throw new WalletError(-32601, "the method doesn't exist");
        return { [`0x${this.#right.toString(16)}`]: { atomic: { status: "supported" } } };
      case "wallet_sendCalls": {
        if (this.#batches === false) throw new WalletError(-32601, "the method doesn't exist");
        if (this.#batches === "announced") throw new WalletError(5750, "The account can't be upgraded.");
        this.#prompt(asked);
        const [{ calls }] = params as [{ calls: readonly Sendable[] }];
        const hashes: string[] = [];
        for (const call of calls) hashes.push(await this.#send(call));
        const id = `0x${(this.#sent.size + 1).toString(16).padStart(64, "0")}`;
        this.#sent.set(id, hashes);
        return { id };
      }
      case "wallet_getCallsStatus": {
        const hashes = this.#sent.get(String(params[0])) ?? [];
        const receipts = await Promise.all(
          hashes.map((hash) => this.#provider.send("eth_getTransactionReceipt", [hash]) as Promise<object | null>),
        );
        return receipts.includes(null) ? { status: 100 } : { status: 200, receipts };
      }
      default:
        // Anything else is the node's to answer.
        return this.#provider.send(method, [...params]);
    }
  }

  async #send({ to, data, value, gas }: Sendable): Promise<string> {
    if (this.#chainId !== this.#right) throw new WalletError(4901, "The wallet is on another chain.");
    const request = { to, data: data ?? "0x", value: value ?? "0x0", ...(gas === undefined ? {} : { gasLimit: gas }) };
    const { hash } = await this.wallet.sendTransaction(request);
    return hash;
  }
}

interface Sendable {
  readonly to: string;
  readonly data?: string;
  readonly value?: string;
  readonly gas?: string;
}
