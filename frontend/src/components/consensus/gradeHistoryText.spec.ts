import { expect, it } from "vitest";
import type { StoodGrade } from "@/api/types";
import { gradeText, isSettled } from "./gradeHistoryText";

const answer = (slot: string, grade: number, type = "") => ({
  slot,
  grade,
  fracture_type: type,
  foreign_material: "none",
  not_gradable_reason: "",
  deformity: "",
  osteoporotic: null,
  transitional: false,
  comment: "",
});
const stood = (grade: number, method: string, answers = [answer("A", grade), answer("B", grade)]): StoodGrade => ({
  label: 20,
  current: true,
  grade,
  fracture_type: "",
  foreign_material: "none",
  not_gradable_reason: "",
  method,
  answers,
  decided_at: "2026-01-01T00:00:00Z",
});

it("has nothing to tell of a grade that all readers gave", () => {
  expect(isSettled([stood(0, "unanimous")])).toBe(true);
});

it("tells of readers who differed and of grades that were changed", () => {
  expect(isSettled([stood(1, "median", [answer("A", 1), answer("B", 2)])])).toBe(false);
  expect(isSettled([{ ...stood(1, "median"), current: false }, stood(2, "adjudicated")])).toBe(false);
  expect(isSettled([])).toBe(false);
});

it("names a grade with its type", () => {
  expect(gradeText({ grade: 2, fracture_type: "wedge" })).toBe("grade 2, wedge");
  expect(gradeText({ grade: 0, fracture_type: "" })).toBe("grade 0");
});
