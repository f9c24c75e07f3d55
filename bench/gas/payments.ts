import { keccak256, toBeHex, type TransactionReceipt, Wallet } from "ethers";
import { signAuthorization, signPermit, signVoucher } from "../../client/index.ts";
import { DIGEST, pay, PRICE } from "./actions.ts";
import type { Operation } from "./bars.ts";
import type { World } from "./world.ts";

type Note = (operation: Operation, receipt: TransactionReceipt, part?: number) => void;

const PAYERS = 100;
const FOREVER = 2n ** 40n;

/** Every way of paying a model that is for sale, each by a payer that has paid before. */
export async function measurePayments(world: World, model: bigint, note: Note): Promise<void> {
  const { suite } = world;
  const { market, receivers, currency, book } = suite;
  const payer = world.sender(0);
  await world.fund(payer, 10_000n * PRICE, book.contracts.market);
  await pay(world, model, payer);
  note("payWallet", await pay(world, model, payer));

  // A permit for exactly the payment: the allowance is zero before and after.
  await payer.send("approving", currency.approve.populateTransaction(book.contracts.market, 0));
  for (let round = 0; round < 2; round++) {
    const permit = await signPermit(suite, payer.signer, PRICE, FOREVER);
    const call = market.payWithPermit.populateTransaction(model, PRICE, DIGEST, permit);
    note("payPermit", await payer.send("payWithPermit", call));
  }
  await payer.send("approving", currency.approve.populateTransaction(book.contracts.market, 2n ** 256n - 1n));

  for (let round = 0; round < 2; round++) {
    const payment = { model, amount: PRICE, requestDigest: DIGEST, validBefore: FOREVER };
    const salt = keccak256(toBeHex(round + 1));
    const authorization = await signAuthorization(suite, payer.signer, { ...payment, salt });
    const call = market.payWithAuthorization.populateTransaction(model, DIGEST, authorization);
    note("payAuthorization", await world.sender(1).send("payWithAuthorization", call));
  }

  const prepay = (who: string) => market.deposit.populateTransaction(who, model, 200n * PRICE);
  await payer.send("deposit", prepay(payer.address));
  for (let round = 0; round < 2; round++) {
    const call = market.payPrepaid.populateTransaction(model, PRICE, DIGEST);
    note("payPrepaid", await payer.send("payPrepaid", call));
  }

  const payers = Array.from({ length: PAYERS }, (_, i) => new Wallet(keccak256(toBeHex(5000 + i))));
  await world.fund(payer, 100_000n * PRICE, book.contracts.market);
  for (const { address } of payers) await payer.send("deposit", prepay(address));
  const redeem = async (signers: readonly Wallet[], cumulative: bigint): Promise<TransactionReceipt> => {
    const vouchers = await Promise.all(signers.map((signer) => signVoucher(suite, signer, model, cumulative)));
    return world.sender(1).send("redeem", market.redeem.populateTransaction(model, vouchers));
  };
  note("redeemPayersEach", await redeem(payers, PRICE), PAYERS);
  note("redeemInferencesEach", await redeem(payers.slice(0, 1), 101n * PRICE), 100);

  const receiver = await receivers.receiverOf(model);
  for (let round = 0; round < 2; round++) {
    await payer.send("transfer", currency.transfer.populateTransaction(receiver, PRICE));
    note("sweep", await payer.send("sweep", receivers.sweep.populateTransaction(model)));
  }
}
