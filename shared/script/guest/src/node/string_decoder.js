// node:string_decoder: the `string_decoder` package.

import base from "package:string_decoder";

export const { StringDecoder } = base;
export default base;
