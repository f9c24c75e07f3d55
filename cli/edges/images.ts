import type { GreyImage } from "../../metadata/index.ts";

/**
 * Decodes a PNG file to brightness: (299 R + 587 G + 114 B) / 1000 (ITU-R BT.601), on white where it is transparent.
 *
 * @returns undefined for a file that isn't a PNG that can be read
 */
export async function readGreyPng(bytes: Uint8Array): Promise<GreyImage | undefined> {
  // Only who compares images needs the decoder.
  const { convertIndexedToRgb, decode } = await import("fast-png");
  try {
    const png = decode(bytes);
    const { width, height, palette } = png;
    const [data, channels] =
      palette === undefined ? [png.data, png.channels] : [convertIndexedToRgb(png), palette[0]?.length ?? 3];
    const most = palette === undefined && png.depth === 16 ? 65_535 : palette === undefined ? 2 ** png.depth - 1 : 255;
    const pixels = Uint8Array.from({ length: width * height }, (_, i) => {
      const [first = 0, second = 0, third = 0, fourth = most] = data.subarray(i * channels, (i + 1) * channels);
      const [grey, alpha] =
        channels < 3
          ? [first, channels === 2 ? second : most]
          : [(299 * first + 587 * second + 114 * third) / 1000, fourth];
      return Math.round((255 * (grey * alpha + most * (most - alpha))) / (most * most));
    });
    return { width, height, pixels };
  } catch {
    return undefined;
  }
}
