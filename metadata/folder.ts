import { lstat, readdir, readFile } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { MetadataError } from "./errors.ts";
import { type DatasetFile, isPassedOver } from "./rows/files.ts";

/**
 * Reads a dataset's folder from the disk, with its folders. Hidden files and those that describe the dataset hold no
 * rows and are not read. The whole folder is held in memory.
 *
 * @throws MetadataError `unreadable` for what isn't a folder, a name that isn't UTF-8, a link, a device, or a file that
 * may not be read
 */
export async function readFolder(directory: string): Promise<DatasetFile[]> {
  const files: DatasetFile[] = [];
  await readInto(files, Buffer.from(resolve(directory)), "");
  return files;
}

/** Names are read as bytes: the ones that aren't UTF-8 would otherwise be changed without a word. */
async function readInto(files: DatasetFile[], directory: Buffer, prefix: string): Promise<void> {
  const place = prefix === "" ? directory.toString() : prefix.slice(0, -1);
  const names = await attempt(place, () => readdir(directory, { encoding: "buffer" }));
  for (const bytes of names) {
    const name = bytes.toString("utf8");
    if (!Buffer.from(name, "utf8").equals(bytes)) {
      throw new MetadataError(
        "unreadable",
        `a name in ${place} isn't UTF-8 (${JSON.stringify(name)}): rename the file`,
      );
    }
    const path = prefix + name;
    if (isPassedOver(path)) continue;
    const location = Buffer.concat([directory, Buffer.from(sep), bytes]);
    const stats = await attempt(path, () => lstat(location));
    if (stats.isDirectory()) await readInto(files, location, `${path}/`);
    else if (stats.isFile()) files.push({ path, bytes: await attempt(path, () => readFile(location)) });
    else throw new MetadataError("unreadable", `${path} is no file but a link or a device: put the file itself there`);
  }
}

async function attempt<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MetadataError("unreadable", `${path} can't be read: ${reason}; mend its name or its permissions`, {
      cause,
    });
  }
}
