import "../../styles/forms.css";
import { useState } from "react";
import type { Hex } from "../../../client/indexApi/index.ts";
import type { PageProps } from "../../app/pages.ts";
import { useCurrency } from "../../chain/useCurrency.ts";
import { Field } from "../../components/Field.tsx";
import { Page, Proves, Section } from "../../components/Layout.tsx";
import { Source } from "../../components/Source.tsx";
import { type Named, useNames } from "../../data/names.ts";
import { useTip } from "../../data/tip.ts";
import { ActionButton } from "../../wallet/ActionButton.tsx";
import type { ChosenFile } from "../admission/admission.ts";
import { percentOfBps } from "../../words/amounts.ts";
import { enteredAmount, enteredBps, enteredId } from "../../words/entries.ts";
import { MODEL_KINDS } from "../../words/kinds.ts";
import { TRAINING } from "../dataset/terms.ts";
import { nameLabel, type NamedKind } from "../../words/names.ts";
import { capitalised } from "../../words/text.ts";
import { DigestField } from "./DigestField.tsx";
import { checkRegistration, type EnteredSource, type RegistrationFindings } from "./registration.ts";
import { registerAction, type Registration } from "./registerAction.ts";
import { Sources } from "./Sources.tsx";
import { TrainersField } from "./TrainersField.tsx";
import { useKnown } from "./useKnown.ts";
import { type NamedVersion, usePermissions } from "./usePermissions.ts";

const FINE_TUNE = 1;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/** Registers a model with its sources and their shares; what the chain would refuse is said before. */
export function RegisterPage({ params }: PageProps) {
  const entry = (id: string | undefined, version: string): readonly EnteredSource[] =>
    id === undefined ? [] : [{ id, version, share: "" }];
  const [kind, setKind] = useState(FINE_TUNE);
  const [parents, setParents] = useState(() => entry(params.parent, ""));
  const [datasets, setDatasets] = useState(() => entry(params.dataset, "1"));
  const [artifact, setArtifact] = useState<Hex>();
  const [recipe, setRecipe] = useState<Hex>();
  const [text, setText] = useState({ operator: "", supersedes: "", price: "", uri: "", childShare: "0" });
  const [childKinds, setChildKinds] = useState(0);
  const currency = useCurrency();
  const ids = (sources: readonly EnteredSource[]): number[] => sources.flatMap(({ id }) => enteredId(id) ?? []);
  const known = useKnown(ids(parents), ids(datasets));
  const [lists, setLists] = useState<ReadonlyMap<number, ChosenFile>>(new Map());
  const named = datasets.flatMap(({ id, version }): NamedVersion[] => {
    const dataset = known.datasets.get(enteredId(id) ?? 0);
    return dataset ? [{ dataset, version: enteredId(version) ?? 0 }] : [];
  });
  const permissions = usePermissions(named, lists);
  const findings = checkRegistration({ kind, parents, datasets }, { ...known, permissions });
  const set = (part: Partial<typeof text>): void => setText({ ...text, ...part });

  const operator = text.operator.trim();
  const childBps = childKinds === 0 ? 0 : enteredBps(text.childShare);
  const price = text.price.trim() === "" ? 0n : enteredAmount(text.price, currency?.decimals ?? 0);
  const supersedes = text.supersedes.trim() === "" ? undefined : enteredId(text.supersedes);
  const faults = {
    operator: operator === "" || ADDRESS.test(operator) ? undefined : "An address has 0x and 40 hexadecimal digits.",
    childShare: childBps === undefined ? "Enter a percentage from 0 to 100." : undefined,
    price: price === undefined ? "Enter an amount, or leave it empty." : undefined,
    supersedes:
      text.supersedes.trim() !== "" && supersedes === undefined ? "Enter the number of a model of yours." : undefined,
  };
  const unavailable =
    artifact === undefined
      ? "Choose the weights or the configuration first"
      : (findings.fault ??
        [...findings.parents, ...findings.datasets].find(({ fault }) => fault !== undefined)?.fault ??
        Object.values(faults).find((fault) => fault !== undefined) ??
        (findings.waits ? "Waiting for what the registries say of its sources" : undefined));
  const registration: Registration | undefined =
    unavailable !== undefined || artifact === undefined || price === undefined || childBps === undefined
      ? undefined
      : {
          kind,
          artifactDigest: artifact,
          recipeDigest: recipe,
          operator: operator === "" ? undefined : operator,
          childKinds,
          childBps,
          supersedes,
          priceHint: price,
          parents: parents.map(({ id }, i) => ({ id: enteredId(id) ?? 0, bps: findings.parents[i]?.bps ?? 0 })),
          datasets: datasets.map(({ id, version }, i) => ({
            id: enteredId(id) ?? 0,
            version: enteredId(version) ?? 0,
            bps: findings.datasets[i]?.bps ?? 0,
            permission: findings.datasets[i]?.permission?.proof ?? [],
          })),
          uri: text.uri.trim(),
        };
  return (
    <Page
      title="Register a model"
      lead="Name what it is made from and what each source gets of its income. Kind, sources and shares hold for its life."
    >
      <div className="split">
        <div className="form wide">
          <Section title="What it is">
            <div className="panel form">
              <Field label="Kind">
                {(control) => (
                  <select {...control} value={kind} onChange={({ target }) => setKind(Number(target.value))}>
                    {MODEL_KINDS.map((name, i) => (
                      <option key={name} value={i}>
                        {name}
                      </option>
                    ))}
                  </select>
                )}
              </Field>
              <DigestField
                label="Weights, their signed manifest, or an agent’s configuration"
                hint="Only its SHA-256 is taken, in this browser. The file stays here."
                digest={artifact}
                change={setArtifact}
              />
              <DigestField
                label="How it was made (optional)"
                hint="The training configuration; only its SHA-256 is taken."
                digest={recipe}
                change={setRecipe}
              />
            </div>
          </Section>
          <Section title="What it is made from">
            <div className="panel form">
              <Sources
                one="Parent"
                many="Parents"
                hint="Models that it was made from, or that an agent asks."
                hasVersion={false}
                sources={parents}
                findings={findings.parents}
                change={setParents}
              />
              <Sources
                one="Dataset"
                many="Datasets"
                hint="Frozen versions that it was trained on; their contributors get the share."
                hasVersion
                sources={datasets}
                findings={findings.datasets}
                change={setDatasets}
                more={({ id }) => {
                  const dataset = known.datasets.get(enteredId(id) ?? 0);
                  return (
                    dataset?.training === TRAINING.allowList && (
                      <TrainersField
                        dataset={dataset.id}
                        choose={(file) => setLists((before) => new Map(before).set(dataset.id, file))}
                      />
                    )
                  );
                }}
              />
            </div>
          </Section>
          <Section title="Serving and children">
            <div className="panel form">
              <div className="form-row">
                <Field
                  label="Operator (optional)"
                  hint="Serves it, and signs receipts and usage reports. Can be set later."
                  fault={faults.operator}
                >
                  {(control) => (
                    <input
                      {...control}
                      value={text.operator}
                      placeholder="0x…"
                      spellCheck={false}
                      onChange={({ target }) => set({ operator: target.value })}
                    />
                  )}
                </Field>
                <Field
                  label={`Price hint${currency === undefined ? "" : ` in ${currency.symbol}`} (optional)`}
                  hint="For readers; it is for sale once you list it."
                  fault={faults.price}
                >
                  {(control) => (
                    <input
                      {...control}
                      inputMode="decimal"
                      value={text.price}
                      onChange={({ target }) => set({ price: target.value })}
                    />
                  )}
                </Field>
              </div>
              <div className="form-row">
                <Field label="Card’s address (optional)">
                  {(control) => (
                    <input
                      {...control}
                      value={text.uri}
                      placeholder="https://… or ipfs://…"
                      spellCheck={false}
                      onChange={({ target }) => set({ uri: target.value })}
                    />
                  )}
                </Field>
                <Field label="New version of model (optional)" fault={faults.supersedes}>
                  {(control) => (
                    <input
                      {...control}
                      inputMode="numeric"
                      value={text.supersedes}
                      onChange={({ target }) => set({ supersedes: target.value })}
                    />
                  )}
                </Field>
              </div>
              <fieldset className="choices">
                <legend>Kinds of models that may be made from it</legend>
                <div className="checks">
                  {MODEL_KINDS.map((name, bit) => (
                    <label key={name}>
                      <input
                        type="checkbox"
                        checked={((childKinds >> bit) & 1) === 1}
                        onChange={() => setChildKinds(childKinds ^ (1 << bit))}
                      />
                      {name}
                    </label>
                  ))}
                </div>
              </fieldset>
              {childKinds > 0 && (
                <Field label="Least share of their income in %" fault={faults.childShare}>
                  {(control) => (
                    <input
                      {...control}
                      inputMode="decimal"
                      value={text.childShare}
                      onChange={({ target }) => set({ childShare: target.value })}
                    />
                  )}
                </Field>
              )}
            </div>
          </Section>
        </div>
        <div className="form sticky">
          <Section title="Who gets what">
            <div className="panel form">
              <Division parents={parents} datasets={datasets} findings={findings} />
              {findings.fault !== undefined && <p className="fault">{findings.fault}</p>}
              <ActionButton primary action={registerAction(registration)} unavailable={unavailable} />
              <Checked />
            </div>
          </Section>
          <Proves
            proven="that your wallet registered it with these sources, and that their shares can’t be changed."
            unproven="that it was made from them, or from nothing else."
          />
        </div>
      </div>
    </Page>
  );
}

interface DivisionProps {
  readonly parents: readonly EnteredSource[];
  readonly datasets: readonly EnteredSource[];
  readonly findings: RegistrationFindings;
}

/** The shares of all that get some. */
function Division({ parents, datasets, findings }: DivisionProps) {
  const named = (kind: NamedKind, sources: readonly EnteredSource[]): readonly Named[] =>
    sources.flatMap(({ id }) => {
      const number = enteredId(id);
      return number === undefined ? [] : [{ kind, id: number }];
    });
  const names = useNames([...named("model", parents), ...named("dataset", datasets)]);
  const labelOf = (kind: NamedKind, id: string): string => {
    const number = enteredId(id);
    return number === undefined ? `${kind} ?` : nameLabel(kind, number, names(kind, number));
  };
  const parts = [
    { name: "You, as developer", colour: "model", bps: Math.max(0, findings.developerBps) },
    ...parents.map(({ id }, i) => ({
      name: capitalised(labelOf("model", id)),
      colour: "parent",
      bps: findings.parents[i]?.bps ?? 0,
    })),
    ...datasets.map(({ id }, i) => ({
      name: `Contributors of ${labelOf("dataset", id)}`,
      colour: "contributor",
      bps: findings.datasets[i]?.bps ?? 0,
    })),
  ];
  return (
    <>
      <div className="parts" aria-hidden="true">
        {parts.map(({ colour, bps }, i) => (
          <span key={i} style={{ width: `${bps / 100}%`, background: `var(--${colour})` }} />
        ))}
      </div>
      <dl className="division" aria-live="polite">
        {parts.map(({ name, colour, bps }, i) => (
          <div key={i}>
            <dt>
              <i style={{ background: `var(--${colour})` }} aria-hidden="true" />
              {name}
            </dt>
            <dd className="number">{percentOfBps(bps)}</dd>
          </div>
        ))}
      </dl>
      <p className="note">Of its income after the protocol fee.</p>
    </>
  );
}

function Checked() {
  const { seen } = useTip();
  return <Source of="checks against the registries, through the index" upTo={seen?.block} />;
}
