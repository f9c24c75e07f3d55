import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { getAddress, isAddress, Wallet } from "ethers";
import { ClientError } from "../../client/index.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../exit.ts";
import { readText } from "./files.ts";

/** Who sends, and how its key is found. */
export interface WalletChoice {
  readonly broadcast: boolean;
  /** Encrypted JSON wallet, or `hardhat:NAME`. */
  readonly keystore: string | undefined;
  /** Who would send it: enough for a preview. */
  readonly from: string | undefined;
  /** The transactions are for somebody else to send, in this format. */
  readonly output?: string | undefined;
}

/** A sender; without its key unless something is to be sent. */
export interface ChosenWallet {
  readonly address: string;
  readonly wallet: Wallet | undefined;
}

/**
 * The sender of a transaction. A preview asks for no password.
 *
 * @param standIn - who it is in a preview when nobody is named
 * @throws ClientError `bad-input` when no key is there, or it can't be read
 */
export async function chooseWallet(context: Context, choice: WalletChoice, standIn?: string): Promise<ChosenWallet> {
  if (choice.broadcast && choice.output !== undefined) {
    throw new UsageError("--output is for somebody else to send: leave --broadcast out");
  }
  if (!choice.broadcast) {
    const address = choice.from ?? (await knownAddress(context, choice)) ?? standIn;
    if (address === undefined) {
      throw new ClientError(
        "bad-input",
        "no wallet: set TRIBUTARY_PRIVATE_KEY, or name an encrypted wallet with --keystore FILE; for a preview, --from ADDRESS is enough",
      );
    }
    return { address, wallet: undefined };
  }
  const wallet = await unlock(context, choice);
  if (choice.from !== undefined && choice.from !== wallet.address) {
    throw new UsageError(
      `--from is ${choice.from}, but the key is of ${wallet.address}: leave --from out, or use the other key`,
    );
  }
  return { address: wallet.address, wallet };
}

/**
 * A wallet with its key, for signatures off the chain.
 *
 * @throws ClientError `bad-input` when no key is there, or it can't be read
 */
export async function unlockWallet(context: Context, choice: WalletChoice): Promise<Wallet> {
  const { wallet } = await chooseWallet(context, { ...choice, broadcast: true });
  if (wallet === undefined) throw new Error("a wallet that was chosen to send has its key");
  return wallet;
}

async function unlock(context: Context, { keystore }: WalletChoice): Promise<Wallet> {
  if (keystore === undefined) {
    const wallet = walletOfEnvironment(context);
    if (wallet !== undefined) return wallet;
    throw new ClientError(
      "bad-input",
      "no wallet to send or sign with: set TRIBUTARY_PRIVATE_KEY, or name an encrypted wallet with --keystore FILE",
    );
  }
  const name = nameInHardhat(keystore);
  if (name !== undefined) return walletOfKey(await readHardhatKey(context, name), `${name} in Hardhat's keystore`);
  const json = await readText(keystore, "the encrypted wallet");
  addressInKeystore(json, keystore);
  const password = context.env.TRIBUTARY_KEYSTORE_PASSWORD ?? (await askPassword(`Password of ${keystore}: `));
  try {
    const { privateKey } = await context.step("Decrypting the wallet", () => Wallet.fromEncryptedJson(json, password));
    return new Wallet(privateKey);
  } catch (cause) {
    throw new ClientError(
      "bad-input",
      `the encrypted wallet ${keystore} can't be opened: wrong password, or a damaged file`,
      { cause },
    );
  }
}

async function knownAddress(context: Context, { keystore }: WalletChoice): Promise<string | undefined> {
  if (keystore === undefined) return walletOfEnvironment(context)?.address;
  if (nameInHardhat(keystore) !== undefined) return undefined;
  return addressInKeystore(await readText(keystore, "the encrypted wallet"), keystore);
}

function walletOfEnvironment({ env }: Context): Wallet | undefined {
  const key = env.TRIBUTARY_PRIVATE_KEY ?? "";
  return key === "" ? undefined : walletOfKey(key, "TRIBUTARY_PRIVATE_KEY");
}

function walletOfKey(key: string, where: string): Wallet {
  try {
    return new Wallet(key);
  } catch {
    // Neither the key nor ethers' message, which may quote it, is shown.
    throw new ClientError("bad-input", `${where} isn't a private key: it needs 0x and 64 hexadecimal digits`);
  }
}

const HARDHAT = "hardhat:";

/** The name of a key in Hardhat's keystore, of `hardhat:NAME`. */
function nameInHardhat(keystore: string): string | undefined {
  return keystore.startsWith(HARDHAT) ? keystore.slice(HARDHAT.length) : undefined;
}

/** A key that `hardhat keystore set NAME` put away; the development keystore, which has no password, comes first. */
async function readHardhatKey({ env }: Context, name: string): Promise<string> {
  // Hardhat takes a second to load: only for who keeps keys there.
  const [{ createHardhatRuntimeEnvironment }, { default: keystore }] = await Promise.all([
    import("hardhat/hre"),
    import("@nomicfoundation/hardhat-keystore"),
  ]);
  const hardhat = await createHardhatRuntimeEnvironment({ plugins: [keystore] });
  hardhat.hooks.registerHandlers("userInterruptions", {
    requestSecretInput: async () =>
      env.TRIBUTARY_KEYSTORE_PASSWORD ?? (await askPassword("Password of Hardhat's keystore: ")),
  });
  const missing = (): never => {
    throw new ClientError(
      "bad-input",
      `Hardhat's keystore has no ${name}: put it there with "npx hardhat keystore set ${name}"`,
    );
  };
  try {
    return await hardhat.hooks.runHandlerChain(
      "configurationVariables",
      "fetchValue",
      [{ _type: "ConfigurationVariable", name }],
      // As in Hardhat's own configuration, the environment comes before the keystore, which is not used in CI.
      () => Promise.resolve(env[name] ?? missing()),
    );
  } catch (cause) {
    if (cause instanceof ClientError) throw cause;
    // The development keystore says so by an error, the other one by asking the environment.
    if (cause instanceof Error && "number" in cause && cause.number === KEY_NOT_FOUND) return missing();
    throw new ClientError("bad-input", `Hardhat's keystore can't be opened: wrong password, or a damaged file`, {
      cause,
    });
  }
}

/** HHE50002 of Hardhat's keystore plugin. */
const KEY_NOT_FOUND = 50_002;

/** Encrypted wallets (Web3 Secret Storage, version 3) name their address in the clear. */
function addressInKeystore(json: string, path: string): string {
  let address: unknown;
  try {
    address = (JSON.parse(json) as { readonly address?: unknown } | null)?.address;
  } catch {
    address = undefined;
  }
  if (!isAddress(address)) {
    throw new ClientError(
      "bad-input",
      `${path} isn't an encrypted JSON wallet (Web3 Secret Storage, version 3, with its address)`,
    );
  }
  return getAddress(address);
}

async function askPassword(prompt: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new ClientError(
      "bad-input",
      "the wallet is encrypted: set TRIBUTARY_KEYSTORE_PASSWORD, or run at a terminal to be asked for it",
    );
  }
  process.stderr.write(prompt);
  // What is typed goes nowhere.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  try {
    return await terminal.question("");
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}
