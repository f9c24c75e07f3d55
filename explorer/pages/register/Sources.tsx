import type { ReactNode } from "react";
import { Field } from "../../components/Field.tsx";
import { Icon } from "../../components/Icon.tsx";
import { type EnteredSource, MOST_SOURCES, type SourceFinding } from "./registration.ts";

interface SourcesProps {
  /** What they are, one and many: "Parent", "Parents". */
  readonly one: string;
  readonly many: string;
  readonly hint: string;
  readonly hasVersion: boolean;
  readonly sources: readonly EnteredSource[];
  readonly findings: readonly SourceFinding[];
  readonly change: (sources: readonly EnteredSource[]) => void;
  /** What else is asked of a source. */
  readonly more?: (source: EnteredSource) => ReactNode;
}

/** Parents or datasets with their shares. */
export function Sources({ one, many, hint, hasVersion, sources, findings, change, more }: SourcesProps) {
  const set = (place: number, part: Partial<EnteredSource>): void =>
    change(sources.map((source, i) => (i === place ? { ...source, ...part } : source)));
  return (
    <fieldset className="sources">
      <legend>{many}</legend>
      <p className="note">{hint}</p>
      {sources.map((source, i) => {
        const { id, version, share } = source;
        return (
          <div key={i} className="source-entry">
            <div className="form-row">
              <Field label={`${one} ${i + 1}: number`}>
                {(control) => (
                  <input
                    {...control}
                    inputMode="numeric"
                    autoComplete="off"
                    value={id}
                    onChange={({ target }) => set(i, { id: target.value })}
                  />
                )}
              </Field>
              {hasVersion && (
                <Field label="Version">
                  {(control) => (
                    <input
                      {...control}
                      inputMode="numeric"
                      autoComplete="off"
                      value={version}
                      onChange={({ target }) => set(i, { version: target.value })}
                    />
                  )}
                </Field>
              )}
              <Field label="Share in %">
                {(control) => (
                  <input
                    {...control}
                    inputMode="decimal"
                    autoComplete="off"
                    value={share}
                    onChange={({ target }) => set(i, { share: target.value })}
                  />
                )}
              </Field>
              <button
                type="button"
                className="plain-button"
                aria-label={`Remove ${one.toLowerCase()} ${i + 1}`}
                onClick={() => change(sources.filter((_, place) => place !== i))}
              >
                <Icon name="cross" />
              </button>
            </div>
            {findings[i]?.fault !== undefined && (
              <p className="fault" role="status">
                {findings[i].fault}
              </p>
            )}
            {findings[i]?.permission !== undefined && <p className="good-text">{findings[i].permission.because}</p>}
            {more?.(source)}
          </div>
        );
      })}
      {sources.length < MOST_SOURCES && (
        <button
          type="button"
          className="small"
          onClick={() => change([...sources, { id: "", version: hasVersion ? "1" : "", share: "" }])}
        >
          <Icon name="plus" /> Add a {one.toLowerCase()}
        </button>
      )}
    </fieldset>
  );
}
