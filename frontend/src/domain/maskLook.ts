/** How the mask lies over the CT. */
export const MASK_LOOKS = ["both", "outline", "fill"] as const;
export type MaskLook = (typeof MASK_LOOKS)[number];
