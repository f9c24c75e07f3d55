import { type ChangeEvent, useRef, useState } from "react";
import type { ChosenFile } from "./admission.ts";

/** A file of text that the reader chooses; it stays in the browser. */
export function useChosenFile(): {
  readonly chosen: ChosenFile | undefined;
  readonly choose: (event: ChangeEvent<HTMLInputElement>) => void;
} {
  const [chosen, setChosen] = useState<ChosenFile>();
  const latest = useRef(0);
  const choose = ({ target }: ChangeEvent<HTMLInputElement>): void => {
    const own = ++latest.current;
    const file = target.files?.[0];
    setChosen(undefined);
    void file?.text().then((text) => {
      if (latest.current === own) setChosen({ name: file.name, text });
    });
  };
  return { chosen, choose };
}
