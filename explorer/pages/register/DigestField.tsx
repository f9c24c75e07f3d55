import { useRef, useState } from "react";
import type { Hex } from "../../../client/indexApi/index.ts";
import { Field } from "../../components/Field.tsx";
import { Hash } from "../../components/Hash.tsx";

interface DigestFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly digest: Hex | undefined;
  readonly change: (digest: Hex | undefined) => void;
}

/** A file of which only the SHA-256 is taken, here in the browser. */
export function DigestField({ label, hint, digest, change }: DigestFieldProps) {
  const [part, setPart] = useState<number>();
  const [fault, setFault] = useState<string>();
  const latest = useRef(0);
  const choose = (file: File | undefined): void => {
    const own = ++latest.current;
    change(undefined);
    setFault(undefined);
    if (file === undefined) return;
    setPart(0);
    import("./fileDigest.ts")
      .then(({ fileDigest }) =>
        fileDigest(file, (read) => {
          if (latest.current === own) setPart(read);
        }),
      )
      .then(
        (found) => {
          if (latest.current !== own) return;
          change(found);
          setPart(undefined);
        },
        () => {
          if (latest.current !== own) return;
          setPart(undefined);
          setFault("The file can’t be read: choose it again.");
        },
      );
  };
  return (
    <Field
      label={label}
      fault={fault}
      hint={
        digest !== undefined ? (
          <>
            SHA-256 <Hash value={digest} what="the digest" />
          </>
        ) : part !== undefined ? (
          `Hashing here in the browser: ${Math.floor(part * 100)} %`
        ) : (
          hint
        )
      }
    >
      {(control) => <input {...control} type="file" onChange={({ target }) => choose(target.files?.[0])} />}
    </Field>
  );
}
