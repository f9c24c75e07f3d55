import type { Role } from "../../client/addressBook.ts";
import { ClientError } from "../../client/clientError.ts";
import type { Acting, Call } from "../wallet/action.ts";

/**
 * What must come before a transfer of the currency from the account: an approval, unless there is one.
 *
 * @param spender - who takes the money
 * @throws ClientError `no-funds`
 */
export async function approvalCalls(
  { suite, account }: Acting,
  spender: Role,
  amount: bigint,
): Promise<readonly Call[]> {
  const { currency, book } = suite;
  const address = book.contracts[spender];
  const [allowed, balance] = await Promise.all([currency.allowance(account, address), currency.balanceOf(account)]);
  if (balance < amount) {
    const [symbol, decimals] = await Promise.all([currency.symbol(), currency.decimals()]);
    const unit = 10 ** Number(decimals);
    throw new ClientError(
      "no-funds",
      `this takes ${Number(amount) / unit} ${symbol}, and the wallet has ${Number(balance) / unit}: get some first`,
    );
  }
  if (allowed >= amount) return [];
  return [
    {
      doing: `allowing the ${spender} contract to take the amount`,
      transaction: await currency.approve.populateTransaction(address, amount),
    },
  ];
}

/**
 * What puts a bond into the vault, as far as the account has no free one there.
 *
 * @param controller - the contract that locks it
 */
export async function bondCalls(acting: Acting, controller: Role, bond: bigint): Promise<readonly Call[]> {
  const { suite, account } = acting;
  const { vault, book } = suite;
  const { free } = await vault.bondOf(book.contracts[controller], account);
  if (free >= bond) return [];
  const missing = bond - free;
  const deposit = await vault.deposit.populateTransaction(book.contracts[controller], account, missing);
  return [
    ...(await approvalCalls(acting, "vault", missing)),
    { doing: "putting the bond into the vault", transaction: deposit },
  ];
}
