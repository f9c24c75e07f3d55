import { type ChangeEvent, useRef, useState } from "react";

/** Files that the reader has chosen; they stay in the browser. */
export interface ChosenFiles {
  readonly bytes: readonly Uint8Array[];
  /** Tells one choice from another. */
  readonly choice: number;
  readonly choose: (event: ChangeEvent<HTMLInputElement>) => void;
}

export function useChosenFiles(): ChosenFiles {
  const [chosen, setChosen] = useState<{ bytes: readonly Uint8Array[]; choice: number }>({ bytes: [], choice: 0 });
  const latest = useRef(0);
  const choose = ({ target }: ChangeEvent<HTMLInputElement>): void => {
    const choice = ++latest.current;
    const files = [...(target.files ?? [])];
    void Promise.all(files.map(async (file) => new Uint8Array(await file.arrayBuffer()))).then((bytes) => {
      if (latest.current === choice) setChosen({ bytes, choice });
    });
  };
  return { ...chosen, choose };
}
