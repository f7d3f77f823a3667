// node:stream/promises.

import stream from "node:stream";

export const { finished, pipeline } = stream.promises;
export default { finished, pipeline };
