/** Runs inside a page, so it stands alone. @returns what reaches beyond the page's right edge, with the begin of its text */
export function clippedElements(): string[] {
  return (
    [...document.querySelectorAll("#page *")]
      // The head of a narrow table is there for screen readers only; what scrolls by itself is not cut off.
      .filter((one) => one.closest("thead, .spoken, .scroll") === null)
      .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
      .map((one) => `${one.tagName} ${one.className} ${one.textContent?.slice(0, 40)}`)
  );
}
