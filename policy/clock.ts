/** The one clock (handed to every part by `main/`): the system's on a real folder, shifted on a demo folder. */
export interface Clock {
  now(): Date;
}
