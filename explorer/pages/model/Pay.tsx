import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Model } from "../../../client/indexApi/index.ts";
import { useChain } from "../../chain/useChain.ts";
import { useCurrency } from "../../chain/useCurrency.ts";
import { Amount } from "../../components/Amount.tsx";
import { Choices, Field } from "../../components/Field.tsx";
import { Hash } from "../../components/Hash.tsx";
import { Fact, Facts, Proves, Section } from "../../components/Layout.tsx";
import { Source } from "../../components/Source.tsx";
import { useNameLabel } from "../../data/names.ts";
import { ActionButton } from "../../wallet/ActionButton.tsx";
import { useWallet } from "../../wallet/WalletContext.ts";
import { amountText } from "../../words/amounts.ts";
import { amountEntry, enteredAmount } from "../../words/entries.ts";
import { approvedPayment, type Payment, permittedPayment } from "./payActions.ts";

type What = "prepay" | "once";
type Way = "approval" | "permit";

/** Pays for the model from a wallet. */
export function Pay({ model: { id, price } }: { readonly model: Model }) {
  const currency = useCurrency();
  const label = useNameLabel({ kind: "model", id });
  const [what, setWhat] = useState<What>("prepay");
  const [way, setWay] = useState<Way>("approval");
  const [entered, setEntered] = useState<string>();
  const [request, setRequest] = useState("");
  const digest = useQuery({
    queryKey: ["request digest", request],
    queryFn: async () => {
      const { sha256 } = await import("../../../scorer/core/hash.ts");
      return sha256(new TextEncoder().encode(request));
    },
    enabled: request !== "",
    gcTime: 0,
  });
  if (price === null) return null;
  const decimals = currency?.decimals ?? 0;
  const text = entered ?? amountEntry(what === "prepay" ? price * 10n : price, decimals);
  const amount = enteredAmount(text, decimals);
  const fault =
    amount === undefined
      ? `Enter an amount such as ${amountEntry(price, decimals)}, with at most ${decimals} digits behind the point.`
      : amount === 0n
        ? "Enter more than 0."
        : what === "once" && amount < price
          ? `The price is ${amountText(price, decimals).shown}: enter that or more.`
          : undefined;
  const payment: Payment = {
    model: id,
    label,
    amount: amount ?? 0n,
    request: what === "once" ? (digest.data ?? "0x") : undefined,
  };
  const unavailable =
    currency === undefined
      ? "Waiting for the currency"
      : (fault ?? (what === "once" && digest.data === undefined ? "Enter the request first" : undefined));
  return (
    <Section title="Pay" lead="From your wallet. Prepaid money is drawn by vouchers, call by call.">
      <div className="panel form">
        <Balances model={id} />
        <Choices<What>
          legend="What for"
          value={what}
          choose={(next) => {
            setWhat(next);
            setEntered(undefined);
          }}
          of={[
            {
              value: "prepay",
              name: "Prepay for many answers",
              hint: "Yours until vouchers are redeemed; refundable.",
            },
            { value: "once", name: "Pay for one answer", hint: "Divided at once and for good." },
          ]}
        />
        {what === "once" && (
          <Field
            label="Your request"
            hint={
              digest.data === undefined ? (
                "Only its SHA-256 goes to the chain; send the request itself to the operator."
              ) : (
                <>
                  SHA-256 <Hash value={digest.data} what="the request’s digest" />; the request itself stays here.
                </>
              )
            }
          >
            {(control) => <textarea {...control} value={request} onChange={({ target }) => setRequest(target.value)} />}
          </Field>
        )}
        <Field label={`Amount${currency === undefined ? "" : ` in ${currency.symbol}`}`} fault={fault}>
          {(control) => (
            <input
              {...control}
              inputMode="decimal"
              autoComplete="off"
              value={text}
              onChange={({ target }) => setEntered(target.value)}
            />
          )}
        </Field>
        <Choices<Way>
          legend="How the market may take it"
          value={way}
          choose={setWay}
          of={[
            {
              value: "approval",
              name: "An approval of exactly this amount",
              hint: "Two transactions; one step where your wallet takes batches, and none if it is approved already.",
            },
            {
              value: "permit",
              name: "A signed permit",
              hint: "A message and one transaction. Not for contract wallets.",
            },
          ]}
        />
        <ActionButton
          primary
          action={way === "permit" ? permittedPayment(payment) : approvedPayment(payment)}
          unavailable={unavailable}
        />
        <Proves
          proven="that the money came in, and how it was divided."
          unproven="that you got an answer, or a good one: that is between you and the operator, who signs a receipt."
        />
      </div>
    </Section>
  );
}

function Balances({ model }: { readonly model: number }) {
  const { account } = useWallet();
  const balances = useChain(
    ["balances", account, model],
    account === undefined
      ? undefined
      : async ({ currency, market }) => {
          const [wallet, channel] = await Promise.all([currency.balanceOf(account), market.channelOf(account, model)]);
          return { wallet, prepaid: channel.balance };
        },
  );
  if (balances.data === undefined) return null;
  const { data, block } = balances.data;
  return (
    <>
      <Facts>
        <Fact name="In your wallet">
          <Amount value={data.wallet} />
        </Fact>
        <Fact name="Prepaid for this model">
          <Amount value={data.prepaid} />
        </Fact>
      </Facts>
      <Source of="the chain" block={block} />
    </>
  );
}
