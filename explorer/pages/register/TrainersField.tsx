import { Field } from "../../components/Field.tsx";
import type { ChosenFile } from "../admission/admission.ts";

interface TrainersFieldProps {
  readonly dataset: number;
  readonly choose: (file: ChosenFile) => void;
}

/** A dataset's list of trainers, for whoever has it as a file. */
export function TrainersField({ dataset, choose }: TrainersFieldProps) {
  return (
    <Field
      label={`List of trainers of dataset ${dataset} (optional)`}
      hint="The owner’s file with one address a line, if it isn’t published. It stays in this browser, and is checked against the chain."
    >
      {(control) => (
        <input
          {...control}
          type="file"
          accept=".txt,.csv"
          onChange={({ target }) => {
            const file = target.files?.[0];
            void file?.text().then((text) => choose({ name: file.name, text }));
          }}
        />
      )}
    </Field>
  );
}
