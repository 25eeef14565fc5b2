export interface RgbImage { readonly width: number; readonly height: number; /** Interleaved RGB, 3 bytes a pixel, rows from the top. */ readonly data: Uint8Array; }
