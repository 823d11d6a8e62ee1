type Size = { readonly width: number; readonly height: number };

/** Tells the size of an element as of its last change: asking costs no layout, so that it can be asked every frame. */
export function sizeOf(element: Element): () => Size {
  let size: Size | null = null;
  new ResizeObserver(() => {
    size = element.getBoundingClientRect();
  }).observe(element);
  return () => {
    if (size === null || size.width === 0) size = element.getBoundingClientRect();
    return size;
  };
}
