/** The version of package.json, for traces and reports. A browser cannot read that file. */
export const VERSION = "0.1.0";
