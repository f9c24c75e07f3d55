import { type Command, optionFlag } from "./command.ts";
import { GLOBAL_OPTIONS } from "./program.ts";

/** Shells that completion scripts are made for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

export type Shell = (typeof SHELLS)[number];

/** What can come after some words of the command line. */
interface Place {
  /** `index build`; empty for the beginning. */
  readonly path: string;
  readonly words: readonly Word[];
}

interface Word {
  readonly text: string;
  readonly summary: string;
}

/** A completion script for a shell: commands and options are completed, and file names where neither fits. */
export function completionScript(commands: readonly Command[], shell: Shell): string {
  const places = placesOf(commands);
  switch (shell) {
    case "bash":
      return bashScript(places);
    case "zsh":
      return zshScript(places);
    case "fish":
      return fishScript(places);
  }
}

function placesOf(commands: readonly Command[]): Place[] {
  const places = new Map<string, Map<string, string>>();
  const add = (path: string, text: string, summary: string): void => {
    places.set(path, (places.get(path) ?? new Map<string, string>()).set(text, summary));
  };
  for (const { name, summary } of commands) {
    const words = name.split(" ");
    words.forEach((word, i) => {
      const path = words.slice(0, i).join(" ");
      const last = i === words.length - 1;
      // A word that is both a command and the beginning of others keeps the command's summary.
      if (last || places.get(path)?.has(word) !== true) add(path, word, last ? summary : `${word} …`);
    });
  }
  for (const { name, options } of commands) {
    for (const [option, { summary }] of Object.entries(options)) add(name, optionFlag(option), summary);
  }
  const everywhere = [
    ...GLOBAL_OPTIONS.map(({ name, summary }): Word => ({ text: `--${name}`, summary })),
    { text: "--help", summary: "show help" },
  ];
  for (const path of places.keys()) for (const { text, summary } of everywhere) add(path, text, summary);
  add("", "--version", "print the version");
  return [...places].map(([path, words]) => ({
    path,
    words: [...words].map(([text, summary]) => ({ text, summary })),
  }));
}

/** Paths that more words can follow, for the walk over what is typed already. */
function pathsOf(places: readonly Place[]): string[] {
  return places.map(({ path }) => path).filter((path) => path !== "");
}

/** The walk over the words before the cursor, in bash and zsh: `path` becomes the longest command that they begin. */
function walk(places: readonly Place[], words: string): string {
  const cases = pathsOf(places).map((path) => `"${path}"`);
  return `  for word in ${words}; do
    case "\${path:+$path }$word" in
      ${cases.join("|")}) path="\${path:+$path }$word" ;;
    esac
  done`;
}

function bashScript(places: readonly Place[]): string {
  const cases = places.map(({ path, words }) => `    "${path}") words="${words.map(({ text }) => text).join(" ")}" ;;`);
  return `# bash completion of tributary: source it, or put it into /etc/bash_completion.d
_tributary() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" word words=""
${walk(places, '"${COMP_WORDS[@]:1:COMP_CWORD-1}"')}
  case "$path" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _tributary tributary
`;
}

function zshScript(places: readonly Place[]): string {
  const cases = places.map(({ path, words }) => {
    const described = words.map(({ text, summary }) => singleQuoted(`${text.replaceAll(":", "\\:")}:${summary}`));
    return `    ("${path}") described=(\n      ${described.join("\n      ")}\n    ) ;;`;
  });
  return `#compdef tributary
# zsh completion of tributary: put it as _tributary into a folder of $fpath
_tributary() {
  local path_ word
  local -a described
${walk(places, '"${(@)words[2,CURRENT-1]}"').replaceAll("path:+", "path_:+").replaceAll("$path ", "$path_ ").replaceAll(" path=", " path_=")}
  case "$path_" in
${cases.join("\n")}
  esac
  _describe -t commands tributary described || _files
}
if [ "$funcstack[1]" = "_tributary" ]; then _tributary "$@"; else compdef _tributary tributary; fi
`;
}

function fishScript(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, words }) =>
    words.map(({ text, summary }) => {
      const word = text.startsWith("--") ? `-l ${text.slice(2)}` : `-a ${text}`;
      return `complete -c tributary -n ${singleQuoted(`__tributary_at "${path}"`)} ${word} -d ${singleQuoted(summary)}`;
    }),
  );
  return `# fish completion of tributary: put it into ~/.config/fish/completions
function __tributary_at
  set -l path ""
  for word in (commandline -opc)[2..-1]
    set -l longer (string trim "$path $word")
    if contains -- "$longer" ${pathsOf(places).map(singleQuoted).join(" ")}
      set path "$longer"
    end
  end
  test "$path" = "$argv[1]"
end
${lines.join("\n")}
`;
}

/** A word in single quotes, as bash, zsh and fish read it. */
function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
