/** Drawings and pictures of the guides and rules: texts name them as the documents do, `images/NAME.svg`. */

const FILES = import.meta.glob<string>("../../../../docs/images/*.{svg,webp}", { eager: true, import: "default" });
const BY_NAME: ReadonlyMap<string, string> = new Map(
  Object.entries(FILES).map(([path, url]) => [path.slice(path.lastIndexOf("/") + 1), url]),
);

/** Where the picture is that a text calls `src`: the product's own by its name, any other as it stands. */
export function pictureAt(src: string | undefined): string | undefined {
  const name = /^(?:\.\.\/)?images\/(.+)$/.exec(src ?? "")?.[1];
  const own = name === undefined ? undefined : BY_NAME.get(name);
  return own ?? src;
}
