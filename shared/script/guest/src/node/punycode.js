// node:punycode: the `punycode` package.

import base from "package:punycode";

export const { decode, encode, toASCII, toUnicode, ucs2, version } = base;
export default base;
