import ora from "ora";
import type { Outcome } from "./command.ts";
import type { Failure } from "./exit.ts";
import { seldom } from "./progress.ts";
import { type Style, styleFor } from "./style.ts";

/** A stream that text is written to: a terminal, a pipe, a file. */
export interface Sink {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** The only place that writes: results to stdout, everything else to stderr. */
export class Output {
  private readonly stdout: Sink;
  private readonly stderr: NodeJS.WriteStream;
  private readonly json: boolean;
  private readonly resultStyle: Style;
  private readonly noteStyle: Style;

  constructor(stdout: Sink, stderr: NodeJS.WriteStream, env: NodeJS.ProcessEnv, json: boolean) {
    this.stdout = stdout;
    this.stderr = stderr;
    this.json = json;
    this.resultStyle = styleFor(stdout, env);
    this.noteStyle = styleFor(stderr, env);
  }

  /** The result of a command, and on a terminal what one may want to do next. */
  result(outcome: Outcome): void {
    this.stdout.write(`${this.json ? toJson(outcome.data) : outcome.render(this.resultStyle)}\n`);
    const { next, exitCode = 0 } = outcome;
    if (next !== undefined && exitCode === 0 && this.stderr.isTTY) this.note(this.noteStyle.dim(`Next: ${next}`));
  }

  failure({ code, message, exitCode, revert }: Failure): void {
    if (this.json)
      this.stdout.write(
        `${toJson({ error: { code, message, exitCode, ...(revert === undefined ? {} : { revert }) } })}\n`,
      );
    // That there is nothing to do is a note, not an error.
    this.note(code === "nothing-to-do" ? message : `${this.noteStyle.red("error:")} ${message}`);
  }

  note(text: string): void {
    this.stderr.write(`${text}\n`);
  }

  /** Runs a step with a spinner on a terminal, and lines elsewhere. What it shows meanwhile is how far it is. */
  async step<T>(title: string, run: (show: (detail: string) => void) => T | Promise<T>): Promise<T> {
    // A terminal that says it has no columns would keep ora clearing lines forever.
    if (!this.stderr.isTTY || !(this.stderr.columns > 0)) {
      this.note(`${title} …`);
      return run(seldom((detail) => this.note(`${title} … ${detail}`)));
    }
    const spinner = ora({ text: title, stream: this.stderr, discardStdin: false }).start();
    try {
      return await run((detail) => {
        spinner.text = `${title} ${detail}`;
      });
    } finally {
      spinner.stop();
    }
  }
}

function toJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => (typeof member === "bigint" ? String(member) : member));
}
