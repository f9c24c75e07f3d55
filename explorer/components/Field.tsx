import { type ReactNode, useId } from "react";

/** What a control of a field is given, so that its name, hint and fault are read out with it. */
export interface FieldControl {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": boolean | undefined;
}

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  /** What is wrong with what was entered, and what to do. */
  readonly fault?: string | undefined;
  readonly children: (control: FieldControl) => ReactNode;
}

/** A control of a form with its name, a hint, and what is wrong. */
export function Field({ label, hint, fault, children }: FieldProps) {
  const id = useId();
  const described = [hint === undefined ? [] : `${id}-hint`, fault === undefined ? [] : `${id}-fault`].flat();
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        "aria-describedby": described.length === 0 ? undefined : described.join(" "),
        "aria-invalid": fault === undefined ? undefined : true,
      })}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="note">
          {hint}
        </p>
      )}
      {fault !== undefined && (
        <p id={`${id}-fault`} className="fault">
          {fault}
        </p>
      )}
    </div>
  );
}

interface ChoicesProps<T extends string> {
  readonly legend: string;
  readonly of: readonly { readonly value: T; readonly name: string; readonly hint?: ReactNode }[];
  readonly value: T;
  readonly choose: (value: T) => void;
}

/** One of a few ways, all of which are in sight. */
export function Choices<T extends string>({ legend, of, value, choose }: ChoicesProps<T>) {
  const id = useId();
  return (
    <fieldset className="choices">
      <legend>{legend}</legend>
      {of.map(({ value: own, name, hint }) => (
        <div key={own} className="choice">
          <input
            type="radio"
            id={`${id}-${own}`}
            name={id}
            checked={own === value}
            onChange={() => choose(own)}
            aria-describedby={hint === undefined ? undefined : `${id}-${own}-hint`}
          />
          <div>
            <label htmlFor={`${id}-${own}`}>{name}</label>
            {hint !== undefined && (
              <p id={`${id}-${own}-hint`} className="note">
                {hint}
              </p>
            )}
          </div>
        </div>
      ))}
    </fieldset>
  );
}
