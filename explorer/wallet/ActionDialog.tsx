import { formatEther } from "ethers";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { Arguments, spaced } from "../components/Arguments.tsx";
import { Address, TransactionLink } from "../components/Hash.tsx";
import { Failure, Loading } from "../components/States.tsx";
import { grouped } from "../words/amounts.ts";
import { capitalised } from "../words/text.ts";
import type { Message } from "./action.ts";
import type { Phase, ReviewedCall, Running } from "./useAction.ts";
import { useWallet } from "./WalletContext.ts";

/** What an action is about to do, does and has done. */
export function ActionDialog({ running }: { readonly running: Running }) {
  const { action } = running;
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={title} onClose={running.close}>
      <h2 id={title}>{action.title}</h2>
      <p className="lead">{action.meaning}</p>
      <div aria-live="polite">
        <Step phase={running.phase} running={running} />
      </div>
    </dialog>
  );
}

function Step({ phase, running }: { readonly phase: Phase; readonly running: Running }) {
  const { wallet } = useWallet();
  const name = wallet?.info.name ?? "your wallet";
  const close = (label: string): ReactNode => (
    <form method="dialog">
      <button type="submit">{label}</button>
    </form>
  );
  switch (phase.at) {
    case "preparing":
      return (
        <>
          <p>Simulating on the chain’s last block…</p>
          <Loading what="the simulation" />
          <Buttons>{close("Cancel")}</Buttons>
        </>
      );
    case "message":
      return (
        <>
          <p>{phase.message.meaning}</p>
          <SignedMessage message={phase.message} />
          <Buttons>
            {close("Cancel")}
            <button type="button" className="primary" onClick={running.goOn}>
              Sign with {name}
            </button>
          </Buttons>
        </>
      );
    case "review":
      return (
        <>
          <p className="good-text">Simulated on the chain’s last block: it would succeed.</p>
          <Calls calls={phase.calls} />
          <p className="note">
            {phase.cost === undefined
              ? "The later transactions build on the first one; each is simulated again before it is sent. "
              : `Gas: about ${coins(phase.cost)} of the chain’s coin. `}
            {phase.calls.length > 1 &&
              (phase.together
                ? `${name} does all of it in one go, or nothing.`
                : `${name} asks for each of the ${phase.calls.length} transactions.`)}
          </p>
          <Buttons>
            {close("Cancel")}
            <button type="button" className="primary" onClick={running.goOn}>
              Send with {name}
            </button>
          </Buttons>
        </>
      );
    case "sending":
      return (
        <>
          <Calls calls={phase.calls} place={phase.place} />
          <p role="status">
            {phase.hash === undefined ? (
              `Waiting for ${name}: confirm it there.`
            ) : (
              <>
                Sent, waiting for its block: <TransactionLink hash={phase.hash} />
              </>
            )}
          </p>
          <Buttons>{close("Close; it goes on")}</Buttons>
        </>
      );
    case "indexing":
      return (
        <>
          <p role="status">Mined. Waiting for the index to follow…</p>
          <Loading what="the index" lines={1} />
        </>
      );
    case "done":
      return (
        <>
          <p className="good-text" role="status">
            Done.
          </p>
          <ul className="plain">
            {[...new Map(phase.mined.map(({ hash, block }) => [hash, block]))].map(([hash, block]) => (
              <li key={hash}>
                <TransactionLink hash={hash} /> in block <span className="number">{grouped(block)}</span>
              </li>
            ))}
          </ul>
          <Buttons>{close("Close")}</Buttons>
        </>
      );
    case "signed":
      return (
        <>
          <p className="good-text" role="status">
            Done. {phase.outcome}
          </p>
          <Buttons>{close("Close")}</Buttons>
        </>
      );
    case "rejected":
      return (
        <>
          <p role="status">You said no in {name}. Nothing more was sent.</p>
          <Buttons>
            {close("Close")}
            <button type="button" onClick={running.again}>
              Begin again
            </button>
          </Buttons>
        </>
      );
    case "failed":
      return (
        <>
          <Failure error={phase.error} />
          <Buttons>
            {close("Close")}
            <button type="button" onClick={running.again}>
              Simulate again
            </button>
          </Buttons>
        </>
      );
  }
}

function Buttons({ children }: { readonly children: ReactNode }) {
  return <div className="buttons">{children}</div>;
}

function Calls({ calls, place }: { readonly calls: readonly ReviewedCall[]; readonly place?: number }) {
  return (
    <ol className="calls">
      {calls.map(({ doing, described, transaction, gas }, i) => (
        <li
          key={i}
          aria-current={i === place ? "step" : undefined}
          className={place !== undefined && i < place ? "past" : undefined}
        >
          <p className="call-name">
            {capitalised(doing)}
            {gas !== undefined && <span className="note"> {grouped(gas)} gas</span>}
          </p>
          {described === undefined ? (
            <p className="note">
              A call to {transaction.to}, which isn’t a contract of this deployment: <code>{transaction.data}</code>
            </p>
          ) : (
            <details open={calls.length === 1}>
              <summary>
                {described.contract}.{described.name}
              </summary>
              <Arguments args={described.args} />
            </details>
          )}
        </li>
      ))}
    </ol>
  );
}

function SignedMessage({ message }: { readonly message: Message }) {
  const { domain, primaryType, values } = message;
  return (
    <div className="panel">
      <p className="call-name">{spaced(primaryType)}</p>
      <Arguments args={values} />
      <p className="note">
        Good only for {domain.name} on chain {String(domain.chainId)}, at{" "}
        {domain.verifyingContract && <Address value={domain.verifyingContract} />}
      </p>
    </div>
  );
}

/** Coins with four significant digits. */
function coins(wei: bigint): string {
  return String(Number(Number(formatEther(wei)).toPrecision(4)));
}
