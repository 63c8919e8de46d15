/** Set by the build (`esbuild.mjs`); absent when a source file is run as it is. */
declare const __VERSION__: string;
declare const __BUILD_ID__: string;
