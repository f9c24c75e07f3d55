import type { ContractTransaction, TypedDataDomain, TypedDataField } from "ethers";
import type { Suite } from "../../client/suite.ts";
import type { Hex } from "../../client/indexApi/index.ts";

/** Who acts, and on what. */
export interface Acting {
  readonly suite: Suite;
  /** The connected account. */
  readonly account: string;
}

/** One transaction of an action. */
export interface Call {
  /** What it does, so that "… was refused" can follow: "claiming 12 lines". */
  readonly doing: string;
  readonly transaction: Pick<ContractTransaction, "to" | "data" | "value">;
}

/** An EIP-712 message, with what it means in a sentence. */
export interface Message {
  readonly meaning: string;
  readonly domain: TypedDataDomain;
  readonly types: Readonly<Record<string, readonly TypedDataField[]>>;
  readonly primaryType: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Something that a wallet does. It is prepared when it is asked for, from what the chain says then. */
export interface Action {
  /** What the button says, and the dialog's heading: "Claim all". */
  readonly title: string;
  /** What is going to happen, in a sentence. */
  readonly meaning: string;
  /** A message that is signed first. */
  readonly message?: (acting: Acting) => Promise<Message>;
  /**
   * The transactions, in their order. They may build on each other; each is simulated before it is sent.
   *
   * @param signature - of the message, if there is one
   */
  readonly prepare?: (acting: Acting, signature: Hex | undefined) => Promise<readonly Call[]>;
  /**
   * Instead of transactions, what is done with the signature: it goes on to somebody else.
   *
   * @returns what has come of it, in a sentence
   */
  readonly signed?: (acting: Acting, signature: Hex) => Promise<string>;
  /** Told when all transactions are mined: what was chosen for them is chosen no longer. */
  readonly mined?: () => void;
}
