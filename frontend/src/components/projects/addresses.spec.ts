import { describe, expect, it } from "vitest";
import { addressesIn } from "./addresses";

describe("addressesIn", () => {
  it("takes addresses alone, with names, and as a mail program lists them", () => {
    const text = 'anna@x.test\n"Doe, Jane" <Jane.Doe@x.test>\r\nBert B <bert@x.test>; carl@y.test\n\n  dora@x.test,';
    expect(addressesIn(text)).toEqual({
      emails: ["anna@x.test", "jane.doe@x.test", "bert@x.test", "carl@y.test", "dora@x.test"],
      faults: [],
    });
  });

  it("takes the column of addresses out of a pasted table", () => {
    expect(addressesIn("Anna\tanna@x.test\tRadiology\nBert\tbert@x.test\tPhysics").emails).toEqual([
      "anna@x.test",
      "bert@x.test",
    ]);
  });

  it("names malformed, missing and repeated ones by their line, and keeps the others", () => {
    expect(addressesIn("anna@x.test\nbert@\n\nCarl\nANNA@x.test\ndora@x\na@b@c.test\nevi@x.test")).toEqual({
      emails: ["anna@x.test", "evi@x.test"],
      faults: [
        { line: 2, text: "bert@", why: "is no e-mail address" },
        { line: 4, text: "Carl", why: "has no e-mail address" },
        { line: 5, text: "anna@x.test", why: "stands in line 1 already" },
        { line: 6, text: "dora@x", why: "is no e-mail address" },
        { line: 7, text: "a@b@c.test", why: "is no e-mail address" },
      ],
    });
  });
});
