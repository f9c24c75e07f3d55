import { options, run } from "../scripts/commandLine.ts";
import { step } from "../scripts/progress.ts";
import { rounded } from "./gaming/figures.ts";
import { measureIntake } from "./gaming/intake.ts";

const SEEDS = [1, 2, 3];

/** What the intake catches, and whom it wrongly flags: the curves of docs/intake.md. */
async function main(): Promise<number> {
  const values = options({ json: { type: "boolean", default: false }, quick: { type: "boolean", default: false } });
  const lines: string[] = [];
  const measured = await step("Comparing rows with copies of others", (show) =>
    measureIntake(values.quick ? SEEDS.slice(0, 1) : SEEDS, values.quick, (line) => {
      lines.push(line);
      show(line.trim());
    }),
  );
  process.stdout.write(values.json ? `${JSON.stringify(rounded(measured))}\n` : `${lines.join("\n")}\n`);
  return 0;
}

await run(main);
