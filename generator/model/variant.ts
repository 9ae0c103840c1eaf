/** @returns whether a variant, or a path from the root of a tree, is a folder of the delivery, which no overlay's name can be. */
export function isDelivery(variant: string): boolean {
  return variant.startsWith('delivery/');
}

/** @returns the folder of the base, of an overlay, or of the delivery, which is its own name. */
export function folderOf(variant: string): string {
  return variant === 'base' || isDelivery(variant) ? variant : `overlays/${variant}`;
}
