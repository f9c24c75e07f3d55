import type { ContractTransaction, Provider, TransactionReceipt, Wallet } from "ethers";
import { ClientError } from "./clientError.ts";
import { explainError } from "./errors.ts";

/** What a storage slot costs that somebody empties between a transaction's estimate and its block (EIP-2200). */
const FRESH_SLOT = 20_000n;

/** A wallet that counts its own nonces, so that a transaction costs one round trip and not five. */
export class Sender {
  readonly address: string;
  private readonly wallet: Wallet;
  private readonly provider: Provider;
  private fees: { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint; chainId: bigint } | undefined;
  private nonce: number | undefined;
  /** Ends once the transaction before is sent: two at once would take the same nonce. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(wallet: Wallet, provider: Provider) {
    this.wallet = wallet;
    this.provider = provider;
    this.address = wallet.address;
  }

  /** The wallet itself, for signatures off-chain. */
  get signer(): Wallet {
    return this.wallet;
  }

  /**
   * Signs a transaction, sends it, and waits until it is mined.
   *
   * @param doing - what it does, for errors
   * @param transaction - from a typed contract's `populateTransaction`, or a plain transfer
   * @param gasLimit - given for calls whose cost is known, to save an estimate
   * @param onSent - told the transaction's hash before it is mined
   * @throws ClientError `reverted` with the decoded custom error, `no-funds`, `network`
   */
  async send(
    doing: string,
    transaction: Promise<ContractTransaction> | ContractTransaction,
    gasLimit?: bigint,
    onSent?: (hash: string) => void,
  ): Promise<TransactionReceipt> {
    try {
      const request = { ...(await transaction), from: this.address };
      const { hash, gas } = await this.inTurn(() => this.broadcast(request, gasLimit));
      onSent?.(hash);
      const receipt = await this.mined(hash);
      if (receipt.status === 0) {
        // The node keeps no reason for a mined failure: the same call on the block before tells it.
        await this.provider.call({ ...request, blockTag: receipt.blockNumber - 1 });
        throw new ClientError(
          "reverted",
          `${doing} failed in block ${receipt.blockNumber} (gas used ${receipt.gasUsed} of ${gas})`,
        );
      }
      return receipt;
    } catch (error) {
      this.nonce = undefined;
      throw explainError(error, doing);
    }
  }

  private inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.turn.then(run);
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async broadcast(
    request: ContractTransaction & { readonly from: string },
    gasLimit: bigint | undefined,
  ): Promise<{ hash: string; gas: bigint }> {
    const { maxFeePerGas, maxPriorityFeePerGas, chainId } = (this.fees ??= await this.feeTerms());
    const nonce = (this.nonce ??= await this.provider.getTransactionCount(this.address, "pending"));
    const gas = gasLimit ?? ((await this.provider.estimateGas(request)) * 5n) / 4n + FRESH_SLOT;
    const signed = await this.wallet.signTransaction({
      ...request,
      type: 2,
      chainId,
      nonce,
      gasLimit: gas,
      maxFeePerGas,
      maxPriorityFeePerGas,
    });
    const { hash } = await this.provider.broadcastTransaction(signed);
    this.nonce = nonce + 1;
    return { hash, gas };
  }

  private async feeTerms(): Promise<{ maxFeePerGas: bigint; maxPriorityFeePerGas: bigint; chainId: bigint }> {
    const [{ maxFeePerGas, maxPriorityFeePerGas }, { chainId }] = await Promise.all([
      this.provider.getFeeData(),
      this.provider.getNetwork(),
    ]);
    return { maxFeePerGas: maxFeePerGas ?? 0n, maxPriorityFeePerGas: maxPriorityFeePerGas ?? 0n, chainId };
  }

  /** Asks often at first: a local chain mines at once, and a provider's own polling would wait for seconds. */
  private async mined(hash: string): Promise<TransactionReceipt> {
    for (let pause = 2; ; pause = Math.min(2 * pause, 2_000)) {
      const receipt = await this.provider.getTransactionReceipt(hash);
      if (receipt !== null) return receipt;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
