import { MetadataError } from "./errors.ts";

/**
 * SPDX ids by the ids that Hugging Face cards use. Families (`cc`, `gpl`) and licences that SPDX doesn't list (`llama3`,
 * `openrail`) have none. Hugging Face's `gpl-3.0` doesn't say whether later versions are granted: the narrower reading.
 */
const SPDX_BY_CARD_ID: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "afl-3.0": "AFL-3.0",
    "agpl-3.0": "AGPL-3.0-only",
    "apache-2.0": "Apache-2.0",
    "artistic-2.0": "Artistic-2.0",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "bsd-3-clause-clear": "BSD-3-Clause-Clear",
    "bsl-1.0": "BSL-1.0",
    "c-uda": "C-UDA-1.0",
    "cc-by-2.0": "CC-BY-2.0",
    "cc-by-2.5": "CC-BY-2.5",
    "cc-by-3.0": "CC-BY-3.0",
    "cc-by-4.0": "CC-BY-4.0",
    "cc-by-nc-2.0": "CC-BY-NC-2.0",
    "cc-by-nc-3.0": "CC-BY-NC-3.0",
    "cc-by-nc-4.0": "CC-BY-NC-4.0",
    "cc-by-nc-nd-3.0": "CC-BY-NC-ND-3.0",
    "cc-by-nc-nd-4.0": "CC-BY-NC-ND-4.0",
    "cc-by-nc-sa-2.0": "CC-BY-NC-SA-2.0",
    "cc-by-nc-sa-3.0": "CC-BY-NC-SA-3.0",
    "cc-by-nc-sa-4.0": "CC-BY-NC-SA-4.0",
    "cc-by-nd-4.0": "CC-BY-ND-4.0",
    "cc-by-sa-3.0": "CC-BY-SA-3.0",
    "cc-by-sa-4.0": "CC-BY-SA-4.0",
    "cc0-1.0": "CC0-1.0",
    "cdla-permissive-1.0": "CDLA-Permissive-1.0",
    "cdla-permissive-2.0": "CDLA-Permissive-2.0",
    "cdla-sharing-1.0": "CDLA-Sharing-1.0",
    "ecl-2.0": "ECL-2.0",
    "epl-1.0": "EPL-1.0",
    "epl-2.0": "EPL-2.0",
    "etalab-2.0": "etalab-2.0",
    "eupl-1.1": "EUPL-1.1",
    "eupl-1.2": "EUPL-1.2",
    "gpl-2.0": "GPL-2.0-only",
    "gpl-3.0": "GPL-3.0-only",
    isc: "ISC",
    "lgpl-2.1": "LGPL-2.1-only",
    "lgpl-3.0": "LGPL-3.0-only",
    "lgpl-lr": "LGPLLR",
    "lppl-1.3c": "LPPL-1.3c",
    mit: "MIT",
    "mpl-2.0": "MPL-2.0",
    "ms-pl": "MS-PL",
    ncsa: "NCSA",
    "odc-by": "ODC-By-1.0",
    odbl: "ODbL-1.0",
    "ofl-1.1": "OFL-1.1",
    "osl-3.0": "OSL-3.0",
    pddl: "PDDL-1.0",
    postgresql: "PostgreSQL",
    unlicense: "Unlicense",
    wtfpl: "WTFPL",
    zlib: "Zlib",
  }),
);

/** SPDX ids match whatever their case; this is how they are written. */
const SPDX_BY_LOWER_CASE = new Map([...SPDX_BY_CARD_ID.values()].map((id) => [id.toLowerCase(), id]));
const CARD_ID_BY_SPDX = new Map([...SPDX_BY_CARD_ID].map(([card, spdx]) => [spdx, card]));

const SPDX_ID = /^[A-Za-z0-9][A-Za-z0-9.+-]*$/;

/**
 * The address that a Croissant file names a licence by: the SPDX page of an SPDX id, any other address as it is.
 *
 * @param licence - an SPDX id in any case, or an absolute address. Ids that this folder doesn't know are taken as they
 * are written, since SPDX adds some with every release
 * @throws MetadataError `bad-licence`
 */
export function licenceUrl(licence: string): string {
  if (isAbsoluteUrl(licence)) return licence;
  if (!SPDX_ID.test(licence) || /^LicenseRef-/i.test(licence)) {
    throw new MetadataError(
      "bad-licence",
      `the licence ${JSON.stringify(licence)} is neither an SPDX id nor an address: write an id of https://spdx.org/licenses (MIT, CC-BY-4.0), or the address of the licence's text`,
    );
  }
  return `https://spdx.org/licenses/${canonicalSpdx(licence)}`;
}

/** The SPDX id that an address means; undefined where none is known. The inverse of `licenceUrl` on SPDX ids. */
export function licenceOfUrl(url: string): string | undefined {
  const address = url.replace(/^https?:\/\/(www\.)?/, "").replace(/\/$/, "");
  const spdx = /^spdx\.org\/licenses\/([^/#?]+?)(\.html|\.json|\.txt)?$/.exec(address)?.[1];
  if (spdx !== undefined && SPDX_ID.test(spdx)) return canonicalSpdx(spdx);
  const commons = /^creativecommons\.org\/licenses\/([a-z-]+)\/(\d\.\d)(\/(deed|legalcode)[^/]*)?$/.exec(address);
  if (commons !== null) return `CC-${commons[1]!.toUpperCase()}-${commons[2]!}`;
  if (address.startsWith("creativecommons.org/publicdomain/zero/1.0")) return "CC0-1.0";
  if (/^apache\.org\/licenses\/LICENSE-2\.0(\.txt|\.html)?$/.test(address)) return "Apache-2.0";
  const listed = /^(?:opensource\.org\/licen[sc]es?|choosealicense\.com\/licenses)\/([^/]+)$/.exec(address)?.[1];
  return listed === undefined ? undefined : spdxOfCardLicence(listed);
}

/** The SPDX id of a licence as Hugging Face cards name it; undefined where SPDX doesn't list it. */
export function spdxOfCardLicence(licence: string): string | undefined {
  return SPDX_BY_CARD_ID.get(licence.toLowerCase()) ?? SPDX_BY_LOWER_CASE.get(licence.toLowerCase());
}

/** How a Hugging Face card names an SPDX licence: its own id where it has one, else the SPDX id in lower case. */
export function cardLicenceOfSpdx(spdx: string): string {
  return CARD_ID_BY_SPDX.get(canonicalSpdx(spdx)) ?? spdx.toLowerCase();
}

export function isAbsoluteUrl(text: string): boolean {
  return /^([a-z][a-z0-9+.-]*:\/\/|urn:|doi:)/i.test(text) && URL.canParse(text);
}

function canonicalSpdx(id: string): string {
  return SPDX_BY_LOWER_CASE.get(id.toLowerCase()) ?? id;
}
