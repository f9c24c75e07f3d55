import { useState } from "react";
import { ROLES } from "../../../client/addressBook.ts";
import type { Account, Block } from "../../../client/indexApi/index.ts";
import { Amount } from "../../components/Amount.tsx";
import { Field } from "../../components/Field.tsx";
import { Address } from "../../components/Hash.tsx";
import { Section } from "../../components/Layout.tsx";
import { ModelLink } from "../../components/Links.tsx";
import { type Column, PagedTable } from "../../components/PagedTable.tsx";
import { Source } from "../../components/Source.tsx";
import { Empty } from "../../components/States.tsx";
import { Countdown } from "../../components/Time.tsx";
import { useConfig } from "../../config/ConfigContext.ts";
import { useLocalRows } from "../../data/localPages.ts";
import { useNames } from "../../data/names.ts";
import { useChainTime } from "../../data/tip.ts";
import { ActionButton } from "../../wallet/ActionButton.tsx";
import { useWallet } from "../../wallet/WalletContext.ts";
import { nameLabel } from "../../words/names.ts";
import { bondAction, channelAction, recipientAction, WITHDRAW } from "./ownActions.ts";

/** Bonds, and channels, that are shown at once. */
const AT_ONCE = 10;
const BOND_USES: Readonly<Record<string, string>> = {
  attribution: "statements and challenges",
  indexes: "demands of rows",
  datasets: "deposits of contributions",
};

interface MoneyProps {
  readonly account: Account;
  readonly indexedTo: Block | null;
}

/** Where the account's money goes, and what it has put up. */
export function Money({ account, indexedTo }: MoneyProps) {
  const { account: connected } = useWallet();
  const why =
    connected !== undefined && connected !== account.account
      ? "Only the account itself can: connect its wallet"
      : undefined;
  return (
    <>
      <Section title="Recipient and balance">
        <div className="columns">
          <Recipient account={account} why={why} />
          <div className="panel form">
            <h3>Balance in the ledger</h3>
            <p>
              <Amount value={account.balance} /> <span className="note">as developer or scorer;</span>{" "}
              <Amount value={account.withdrawn} /> <span className="note">were taken so far.</span>
            </p>
            <ActionButton action={WITHDRAW} unavailable={account.balance === 0n ? "The balance is empty" : why} />
          </div>
        </div>
        <Source upTo={indexedTo} />
      </Section>
      <Section
        title="Deposits and bonds"
        lead="Money that secures contributions, statements and challenges, and money that is prepaid for answers."
      >
        <Bonds account={account} indexedTo={indexedTo} why={why} />
      </Section>
    </>
  );
}

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

function Recipient({
  account: { account, recipient },
  why,
}: {
  readonly account: Account;
  readonly why: string | undefined;
}) {
  const [entered, setEntered] = useState("");
  const wanted = entered.trim();
  const isAddress = ADDRESS.test(wanted);
  const fault = wanted === "" || isAddress ? undefined : "An address has 0x and 40 hexadecimal digits.";
  const isSame = (isAddress ? wanted : "").toLowerCase() === (recipient ?? "").toLowerCase();
  return (
    <div className="panel form">
      <h3>Claims go to</h3>
      <p>{recipient === null ? <Address value={account} /> : <Address value={recipient} />}</p>
      <Field label="Other recipient" hint="Empty for the account itself." fault={fault}>
        {(control) => (
          <input
            {...control}
            value={entered}
            onChange={({ target }) => setEntered(target.value)}
            placeholder="0x…"
            spellCheck={false}
            autoComplete="off"
          />
        )}
      </Field>
      <ActionButton
        action={recipientAction(isAddress ? wanted : undefined)}
        unavailable={why ?? fault ?? (isSame ? "It is so already: enter another address" : undefined)}
      />
    </div>
  );
}

interface BondsProps extends MoneyProps {
  /** Why the connected wallet can't take them back. */
  readonly why: string | undefined;
}

function Bonds({ account, indexedTo, why }: BondsProps) {
  const { bonds, channels } = account;
  const bondList = { ...useLocalRows(bonds, AT_ONCE), indexedTo };
  const channelList = { ...useLocalRows(channels, AT_ONCE), indexedTo };
  const { book } = useConfig();
  const now = useChainTime() ?? 0;
  const names = useNames(channels.map(({ model }) => ({ kind: "model", id: model })));
  const leaving = (amount: bigint, at: number) =>
    amount === 0n ? (
      <span className="note">none</span>
    ) : (
      <>
        <Amount value={amount} bare />{" "}
        <span className="note">
          <Countdown until={at} over="can be taken" />
        </span>
      </>
    );
  const purpose = (controller: string): string => {
    const role = ROLES.find((one) => book.contracts[one].toLowerCase() === controller.toLowerCase());
    return BOND_USES[role ?? ""] ?? "another contract";
  };
  const bondColumns: readonly Column<Account["bonds"][number]>[] = [
    { header: "For", cell: ({ controller }) => purpose(controller) },
    { header: "Free", figures: true, cell: ({ free }) => <Amount value={free} /> },
    { header: "Locked", figures: true, cell: ({ locked }) => <Amount value={locked} /> },
    { header: "Leaving", figures: true, cell: (bond) => leaving(bond.leaving, bond.leavesAt) },
    {
      header: "Take back",
      cell: ({ controller, free, leaving: asked, leavesAt }) => {
        const ready = asked > 0n && leavesAt <= now;
        return (
          <ActionButton
            action={bondAction(controller, ready, free)}
            unavailable={ready || free > 0n ? why : asked > 0n ? "Its delay runs" : "Nothing of it is free"}
          />
        );
      },
    },
  ];
  const channelColumns: readonly Column<Account["channels"][number]>[] = [
    { header: "Prepaid for", cell: ({ model }) => <ModelLink id={model} /> },
    { header: "Left", figures: true, cell: ({ balance }) => <Amount value={balance} /> },
    { header: "Spent", figures: true, cell: ({ spent }) => <Amount value={spent} /> },
    {
      header: "Asked back",
      cell: ({ leavesAt }) =>
        leavesAt === 0 ? <span className="note">no</span> : <Countdown until={leavesAt} over="can be taken" />,
    },
    {
      header: "Take back",
      cell: ({ model, balance, leavesAt }) => {
        const ready = leavesAt > 0 && leavesAt <= now;
        return (
          <ActionButton
            action={channelAction(model, nameLabel("model", model, names("model", model)), ready)}
            unavailable={balance === 0n ? "Nothing is left" : leavesAt > now ? "Its delay runs" : why}
          />
        );
      },
    },
  ];
  if (bonds.length + channels.length === 0) {
    return (
      <Empty title="It has put nothing up">
        Bonds come with statements, challenges and deposits; prepaid money with “Pay” on a model’s page.
      </Empty>
    );
  }
  return (
    <>
      {bonds.length > 0 && (
        <PagedTable
          caption="Bonds"
          columns={bondColumns}
          list={bondList}
          rowKey={({ controller }) => controller}
          empty={null}
        />
      )}
      {channels.length > 0 && (
        <PagedTable
          caption="Prepaid money"
          columns={channelColumns}
          list={channelList}
          rowKey={({ model }) => model}
          empty={null}
        />
      )}
    </>
  );
}
