// node:tty: there is no terminal.

import { absentClass } from "hookpoint:absent";

export const isatty = () => false;
export const ReadStream = absentClass("tty.ReadStream");
export const WriteStream = absentClass("tty.WriteStream");
export default { ReadStream, WriteStream, isatty };
