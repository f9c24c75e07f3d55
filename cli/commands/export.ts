import { join } from "node:path";
import { command, option } from "../command.ts";
import { writeOut } from "../edges/files.ts";
import { UsageError } from "../exit.ts";
import { provenanceOf } from "../provenance.ts";
import { readRecords } from "../records.ts";
import { text } from "../readers.ts";
import { table } from "../style.ts";

export const exportRecords = command({
  name: "export",
  role: "challenger or auditor",
  summary: "write payments, claims, statements and contributions of a deployment to files",
  details:
    "CSV and Parquet: one file for each of the four, amounts in the currency's smallest unit. PROV-JSON: lineage and payments as one document (W3C PROV). All three can be written at once.",
  arguments: {},
  options: {
    csv: option("DIR", "folder of CSV files", text),
    parquet: option("DIR", "folder of Parquet files", text),
    prov: option("FILE.json", "PROV-JSON document", text),
  },
  examples: ["export --csv tables", "export --parquet tables --prov provenance.json"],
  run: async (context, { csv, parquet, prov }) => {
    if (csv === undefined && parquet === undefined && prov === undefined) {
      throw new UsageError("say where to: --csv DIR, --parquet DIR or --prov FILE.json");
    }
    const suite = await context.suite();
    const records = await context.step("Reading the chain", () => readRecords(suite));
    const tables = [records.payments, records.claims, records.statements, records.contributions];
    const files: string[] = [];
    const write = async (path: string, content: Uint8Array | string): Promise<void> => {
      await writeOut(path, content, "the export");
      files.push(path);
    };
    if (csv !== undefined || parquet !== undefined) {
      // The writers load only for who wants tables.
      const { csvOf, parquetOf } = await import("../edges/tables.ts");
      for (const one of tables) {
        if (csv !== undefined) await write(join(csv, `${one.name}.csv`), csvOf(one));
        if (parquet !== undefined) await write(join(parquet, `${one.name}.parquet`), parquetOf(one));
      }
    }
    if (prov !== undefined) await write(prov, `${JSON.stringify(await provenanceOf(suite, records), null, 2)}\n`);
    const rows = Object.fromEntries(tables.map(({ name, rows: found }) => [name, found.length]));
    return {
      data: { rows, files },
      render: () =>
        [
          table(
            ["table", "rows"],
            tables.map(({ name, rows: found }) => [name, found.length]),
            [1],
          ),
          ...files,
        ].join("\n"),
      next: "tributary verify all --files DIR",
    };
  },
});
