import { type SubmitEvent, useState } from "react";
import { useLocation } from "wouter";
import { Icon } from "../components/Icon.tsx";

/** The field in which anything is looked for by its name on the chain. */
export function Search() {
  const [text, setText] = useState("");
  const [, go] = useLocation();
  const search = (event: SubmitEvent): void => {
    event.preventDefault();
    const wanted = text.trim();
    if (wanted !== "") go(`/search/${encodeURIComponent(wanted)}`);
  };
  return (
    <form role="search" className="search" onSubmit={search}>
      <Icon name="search" />
      <input
        type="search"
        value={text}
        onChange={({ target }) => setText(target.value)}
        placeholder="Address, number, digest, transaction"
        aria-label="Search by address, number, digest or transaction"
        spellCheck={false}
        autoComplete="off"
      />
    </form>
  );
}
