import ora from "ora";
import { seldom } from "../cli/progress.ts";

/** Runs a step with a live line on stderr: a spinner on a terminal, plain lines at start, every some seconds and at the end elsewhere. */
export async function step<T>(
  title: string,
  run: (show: (detail: string) => void) => Promise<T>,
  done?: (result: T) => string,
): Promise<T> {
  // A terminal that says it has no columns would have the spinner clear lines for ever.
  const live = process.stderr.isTTY && process.stderr.columns > 0;
  const line = live ? terminalLine(title) : plainLine(title);
  try {
    const result = await run(line.show);
    line.succeed(done === undefined ? title : `${title}: ${done(result)}`);
    return result;
  } catch (error) {
    line.fail(title);
    throw error;
  }
}

interface Line {
  readonly show: (detail: string) => void;
  readonly succeed: (text: string) => void;
  readonly fail: (text: string) => void;
}

function terminalLine(title: string): Line {
  const spinner = ora({ text: title, stream: process.stderr, discardStdin: false }).start();
  return {
    show: (detail) => {
      spinner.text = `${title} ${detail}`;
      // Its timer doesn't come while a step keeps the thread.
      spinner.render();
    },
    succeed: (text) => void spinner.succeed(text),
    fail: (text) => void spinner.fail(text),
  };
}

function plainLine(title: string): Line {
  const write = (text: string): void => void process.stderr.write(`${text}\n`);
  write(`… ${title}`);
  const show = seldom((detail) => write(`… ${title} ${detail}`));
  return { show, succeed: (text) => write(`✔ ${text}`), fail: (text) => write(`✖ ${text}`) };
}

/** `▓▓▓▓░░░░ 412/811`. */
export function bar(finished: number, total: number): string {
  const WIDTH = 20;
  const filled = Math.floor((WIDTH * finished) / total);
  return `${"▓".repeat(filled)}${"░".repeat(WIDTH - filled)} ${finished}/${total}`;
}
