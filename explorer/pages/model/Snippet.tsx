import type { Model } from "../../../client/indexApi/index.ts";
import { useCurrency } from "../../chain/useCurrency.ts";
import { Command } from "../../components/Command.tsx";
import { Section } from "../../components/Layout.tsx";
import { Empty } from "../../components/States.tsx";
import { useConfig } from "../../config/ConfigContext.ts";
import { amountEntry } from "../../words/entries.ts";

/** What calls the model from a terminal. */
export function Snippet({ model: { id, price } }: { readonly model: Model }) {
  const { gateway } = useConfig();
  const currency = useCurrency();
  if (price === null) {
    return (
      <Section title="Call it">
        <Empty title="It isn’t for sale">Its developer has set no price: money reaches it as royalty only.</Empty>
      </Section>
    );
  }
  const url = gateway ?? "https://GATEWAY/";
  const most = currency === undefined ? "AMOUNT" : amountEntry(price, currency.decimals);
  const prepaid = currency === undefined ? "AMOUNT" : amountEntry(price * 50n, currency.decimals);
  return (
    <Section
      title="Call it"
      lead={
        gateway === undefined
          ? "Ask its operator for the gateway’s address."
          : "Through the gateway that this page is configured with, if it serves this model."
      }
    >
      <div className="form">
        <p>Ask for the price: any x402 client can pay what comes back with status 402.</p>
        <Command text={`curl -i ${url} --data-binary @question.txt`} what="the curl command" />
        <p>Or pay by vouchers over a prepaid balance, one signature a call and no gas:</p>
        <Command
          text={`tributary prepay ${id} ${prepaid} --broadcast\ntributary call ${id} --input question.txt --max-price ${most} \\\n  --gateway ${url} --receipt receipt.json --broadcast`}
          what="the commands"
        />
        <p className="note">
          Both answers come with a receipt that the operator signed. It can be checked against the usage report once the
          interval is closed: tributary receipt verify receipt.json.
        </p>
      </div>
    </Section>
  );
}
