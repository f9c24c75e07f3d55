import { expect } from "chai";
import { type AddressLike, concat, id, Wallet } from "ethers";
import { engine } from "./engine.ts";
import type { Suite } from "./suite.ts";

/** An account with a key of its own that runs the code of `delegate` (EIP-7702); one for each delegate. */
export async function delegatingAccount(suite: Suite, delegate: AddressLike): Promise<Wallet> {
  const { ethers, networkHelpers } = suite;
  const address = await ethers.resolveAddress(delegate);
  const account = new Wallet(id(address), ethers.provider);
  await networkHelpers.setBalance(account.address, 10n ** 18n);
  // Hardhat's OP-stack chain takes no transaction of this type yet: the account gets the code that it would leave.
  if (engine() === "op") {
    await networkHelpers.setCode(account.address, concat(["0xef0100", address]));
    return account;
  }
  const { chainId } = await ethers.provider.getNetwork();
  // The account sends the authorisation itself, so its nonce has moved by one when it is read.
  const authorization = await account.authorize({ address, nonce: 1, chainId });
  const sent = await account.sendTransaction({ type: 4, to: suite.deployer, authorizationList: [authorization] });
  await sent.wait();
  expect(await ethers.provider.getCode(account)).to.equal(`0xef0100${address.slice(2).toLowerCase()}`);
  return account;
}
