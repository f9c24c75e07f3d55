import { useRouter } from "wouter";

/** A path of this page as a link's address, for links that no component of the router draws. */
export function useHref(path: string | undefined): string | undefined {
  const router = useRouter();
  return path === undefined ? undefined : router.hrefs(router.base + path, router);
}
