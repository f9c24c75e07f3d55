const PATHS = {
  copy: "M5.5 5.5V3.2c0-.9.6-1.5 1.5-1.5h5.8c.9 0 1.5.6 1.5 1.5V9c0 .9-.6 1.5-1.5 1.5h-2.3M3.2 5.5H9c.9 0 1.5.6 1.5 1.5v5.8c0 .9-.6 1.5-1.5 1.5H3.2c-.9 0-1.5-.6-1.5-1.5V7c0-.9.6-1.5 1.5-1.5Z",
  check: "M2.5 8.5 6 12l7.5-8",
  cross: "m3.5 3.5 9 9m0-9-9 9",
  search: "M11 11l3.5 3.5M7 12.2A5.2 5.2 0 1 0 7 1.8a5.2 5.2 0 0 0 0 10.4Z",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  moon: "M13.8 9.6A6 6 0 0 1 6.4 2.2a6 6 0 1 0 7.4 7.4Z",
  auto: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm0 0v13M10.5 3v10M12.8 5.2v5.6",
  menu: "M2 4h12M2 8h12M2 12h12",
  out: "M6.5 3H3.8C3.3 3 3 3.3 3 3.8v8.4c0 .5.3.8.8.8h8.4c.5 0 .8-.3.8-.8V9.5M9.5 2.5h4v4M13.2 2.8 7.5 8.5",
  previous: "M10 3 5 8l5 5",
  next: "m6 3 5 5-5 5",
  wallet:
    "M2 5c0-.8.7-1.5 1.5-1.5h8.7M2 5v6.5c0 .8.7 1.5 1.5 1.5h9c.8 0 1.5-.7 1.5-1.5v-4c0-.8-.7-1.5-1.5-1.5H3A1 1 0 0 1 2 5Zm9 4.5h.1",
} as const;

export type IconName = keyof typeof PATHS;

/** A line drawing beside words that say the same. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
