declare module "@echogarden/speex-resampler-wasm/simd" {
  const create: () => Promise<unknown>;
  // biome-ignore lint/style/noDefaultExport: the package has nothing else
  export default create;
}
