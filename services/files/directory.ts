import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Storage, unreachable } from "./storage.ts";

/** Published files in a folder, which any web server can serve. */
export class Directory implements Storage {
  readonly place: string;

  constructor(folder: string) {
    this.place = folder;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(join(this.place, path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw unreachable(`reading ${path}`, this.place, error);
    }
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const target = join(this.place, path);
    const part = `${target}.${randomUUID()}.part`;
    try {
      await mkdir(dirname(target), { recursive: true });
      try {
        const file = await open(part, "wx");
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(part, target);
      } catch (error) {
        await rm(part, { force: true });
        throw error;
      }
      const folder = await open(dirname(target), "r");
      await folder.sync().finally(() => folder.close());
    } catch (error) {
      throw unreachable(`writing ${path}`, this.place, error);
    }
  }
}
