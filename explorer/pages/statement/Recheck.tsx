import { type ChangeEvent, useEffect, useId, useRef, useState } from "react";
import type { Line, Statement } from "../../../client/indexApi/index.ts";
import type { LineEvidenceStruct } from "../../../typechain-types/attribution/ChallengeRegistry.ts";
import { openSuite } from "../../chain/useChain.ts";
import { Icon } from "../../components/Icon.tsx";
import { Section } from "../../components/Layout.tsx";
import { Failure } from "../../components/States.tsx";
import { useConfig } from "../../config/ConfigContext.ts";
import { useIndex } from "../../data/IndexContext.ts";
import { ActionButton } from "../../wallet/ActionButton.tsx";
import { refuteAction } from "./actions.ts";
import { type Finding, recheckLine } from "./recheck.ts";

interface Check {
  readonly line: number;
  readonly findings: readonly Finding[];
  readonly ended: boolean;
  readonly error?: unknown;
  /** What refutes the line. */
  readonly evidence?: LineEvidenceStruct | undefined;
}

/** Recomputes one line in this browser. */
export function Recheck({ statement, line }: { readonly statement: Statement; readonly line: Line }) {
  const config = useConfig();
  const api = useIndex();
  const file = useId();
  const [chosen, setChosen] = useState<Uint8Array>();
  const [check, setCheck] = useState<Check>();
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => {
    panel.current?.scrollIntoView({ block: "center" });
    panel.current?.querySelector("button")?.focus({ preventScroll: true });
  }, [line.line]);
  const run = async (): Promise<void> => {
    const findings: Finding[] = [];
    const show = (more: Partial<Check>): void =>
      setCheck({ line: line.line, findings: [...findings], ended: false, ...more });
    show({});
    try {
      const suite = await openSuite(config);
      const evidence = await recheckLine({ suite, api, config, chosen }, statement, line, (finding) => {
        findings.push(finding);
        show({});
      });
      show({ ended: true, evidence });
    } catch (error) {
      show({ ended: true, error });
    }
  };
  const choose = ({ target }: ChangeEvent<HTMLInputElement>): void => {
    const given = target.files?.[0];
    if (given !== undefined) void given.arrayBuffer().then((bytes) => setChosen(new Uint8Array(bytes)));
  };
  const shown = check?.line === line.line ? check : undefined;
  const isRight = shown?.ended === true && shown.error === undefined && shown.findings.every(({ right }) => right);
  return (
    <Section
      title={`Check line ${line.line} in this browser`}
      lead="Recomputes the line from the published index and the report, against roots that are read from the chain itself. The index’s server is not believed."
    >
      <div className="panel stack" ref={panel}>
        <div className="inline">
          <button type="button" className="primary" onClick={() => void run()} disabled={shown?.ended === false}>
            {shown?.ended === false ? "Checking…" : shown === undefined ? "Check it" : "Check again"}
          </button>
          <label htmlFor={file} className="note">
            with your own index file
          </label>
          <input id={file} type="file" accept=".trix" onChange={choose} />
        </div>
        {shown !== undefined && (
          <ol className="findings" aria-live="polite">
            {shown.findings.map(({ name, right, detail }) => (
              <li key={name} className={right ? "right" : "wrong"}>
                <Icon name={right ? "check" : "cross"} />
                <div>
                  <strong>
                    {name} {right ? "is right" : "is wrong"}
                  </strong>
                  <p className="note">{detail}</p>
                </div>
              </li>
            ))}
          </ol>
        )}
        {isRight && <p className="good-text">Everything fits: this line follows from what is on the chain.</p>}
        {shown?.evidence !== undefined && (
          <ActionButton
            primary
            action={refuteAction(statement, shown.evidence)}
            unavailable={statement.state === "live" ? undefined : "The statement is decided already"}
          />
        )}
        {shown?.error !== undefined && <Failure error={shown.error} />}
      </div>
    </Section>
  );
}
