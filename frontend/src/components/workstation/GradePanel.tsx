import { Alert, Button, Checkbox, Group, Kbd, Select, SegmentedControl, Stack, Text, Textarea } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { answered, t } from "@/i18n";
import type { AnswerOfRater } from "@/api/assignments";
import {
  emptyGrading,
  FIELD_NAMES,
  fieldOf,
  GRADES,
  missingGradings,
  reasonName,
  type FieldName,
  type ForeignMaterial,
  type FractureType,
  type Grading,
  type GradingSchema,
} from "@/domain/grading";
import { isThoracolumbar, nameOf } from "@/domain/labels";
import type { Viewer } from "@/viewer";
import { Measured } from "./Measured";
import type { Gradings } from "./useGradings";
import type { LargePicture } from "./useLargePicture";
import { useMeasured } from "./useMeasured";
import styles from "./workstation.module.css";

const GRADE_LABELS = { 0: t("normal"), 1: t("mild"), 2: t("moderate"), 3: t("severe") } as const;
const GRADE_LOSS = { 0: t("under 20 %"), 1: "20-25 %", 2: "25-40 %", 3: t("over 40 %") } as const;

interface Props {
  readonly schema: GradingSchema;
  readonly viewer: Viewer;
  readonly label: number;
  readonly gradable: readonly number[];
  readonly gradings: Gradings;
  readonly picture: LargePicture;
  readonly readOnly: boolean;
  readonly answers: readonly AnswerOfRater[];
  readonly onWalk: (step: 1 | -1) => void;
}

export function GradePanel({ schema, viewer, label, gradable, gradings, picture, readOnly, answers, onWalk }: Props) {
  const isGraded = gradable.includes(label);
  const measured = useMeasured(label, gradings.answered.has(label), isGraded);
  const missing = missingGradings(gradable, gradings.byLabel, schema);
  const unanswered = missing.filter((entry) => entry.missing.includes("grade")).map((entry) => entry.label);
  const rest = !readOnly && unanswered.length > 0 && (
    <Button variant="light" size="xs" onClick={() => gradings.normalRest(unanswered)} data-testid="normal-rest">
      {unanswered.length === 1
        ? t("The other one is normal")
        : t("All {{unanswered}} others are normal", { unanswered: unanswered.length })}{" "}
      <Kbd size="xs" ml={6}>
        n
      </Kbd>
    </Button>
  );
  return (
    <Stack gap="sm">
      <Group gap="xs" justify="space-between" wrap="nowrap">
        <Text size="sm" c="dimmed" data-testid="graded-count">
          {t("{{gradable}} of {{gradable2}} answered", {
            gradable: gradable.length - missing.length,
            gradable2: gradable.length,
          })}
        </Text>
        <Button.Group>
          <Button variant="default" size="compact-xs" onClick={() => onWalk(-1)}>
            {t("Above")}
          </Button>
          <Button variant="default" size="compact-xs" onClick={() => onWalk(1)}>
            {t("Below")}
          </Button>
        </Button.Group>
      </Group>
      {isGraded ? (
        <GradeForm
          key={label}
          label={label}
          schema={schema}
          grading={gradings.byLabel.get(label) ?? emptyGrading(label)}
          readOnly={readOnly}
          answers={answers}
          onChange={(change) => gradings.change(label, change)}
        >
          {rest}
          <Measured viewer={viewer} measured={measured} picture={picture} readOnly={readOnly} />
        </GradeForm>
      ) : (
        <>
          <Alert color="gray" p="sm">
            {notGraded(label)}
          </Alert>
          {rest}
        </>
      )}
      {gradings.unsaved.size > 0 && (
        <Alert color="amber" p="xs">
          {t("{{size}} not saved yet.", { size: gradings.unsaved.size })}{" "}
          <Button size="compact-xs" variant="default" onClick={gradings.retry}>
            {t("Save now")}
          </Button>
        </Alert>
      )}
    </Stack>
  );
}

function notGraded(label: number): string {
  if (label <= 0) return t("Choose a vertebra in the list.");
  return isThoracolumbar(label)
    ? t("{{label}} is not asked for in this task.", { label: nameOf(label) })
    : t("{{label}} has no grade: Genant's apply to T1 to L6.", { label: nameOf(label) });
}

interface FormProps {
  readonly label: number;
  readonly schema: GradingSchema;
  readonly grading: Grading;
  readonly readOnly: boolean;
  readonly answers: readonly AnswerOfRater[];
  readonly onChange: (change: Partial<Grading>) => void;
  /** What comes later than the form, and may be taller then: it stands below what is pressed first. */
  readonly children?: ReactNode;
}

function GradeForm({ label, schema, grading, readOnly, answers, onChange, children }: FormProps) {
  const fractured = (grading.grade ?? 0) >= 1;
  return (
    <Stack gap="sm" data-testid="grade-form">
      <Text fw={600}>{nameOf(label)}</Text>
      {answers.length > 0 && <Answers answers={answers} />}
      <div
        className={styles["gradeButtons"]}
        role="group"
        aria-label={t("Genant grade of {{label}}", { label: nameOf(label) })}
      >
        {GRADES.map((grade) => (
          <button
            key={grade}
            type="button"
            className={styles["gradeButton"]}
            aria-pressed={grading.grade === grade}
            disabled={readOnly}
            onClick={() => onChange({ grade })}
            data-testid={`grade-${grade}`}
          >
            <strong>{grade}</strong>
            <small>{GRADE_LABELS[grade]}</small>
          </button>
        ))}
      </div>
      <Text size="xs" c="dimmed" className={styles["gradeLimits"]}>
        {grading.grade !== null
          ? t("Height loss {{grade}}", { grade: GRADE_LOSS[grading.grade] })
          : t("Loss of height: 20, 25 and 40 % are the limits of mild, moderate and severe.")}
      </Text>
      <div>
        <Text size="xs" fw={500} mb={4} c="dimmed">
          {t("Type {{fractured}}", {
            fractured:
              fractured && grading.fracture_type === "" && fieldOf(schema, "fracture_type").needed !== "never"
                ? t("(needed)")
                : "",
          })}
        </Text>
        <SegmentedControl
          fullWidth
          size="xs"
          disabled={readOnly || !fractured}
          value={grading.fracture_type}
          onChange={(type) => onChange({ fracture_type: type as FractureType })}
          data-testid="fracture-type"
          data={choices(schema, "fracture_type")}
        />
      </div>
      {children}
      <MoreFields schema={schema} grading={grading} readOnly={readOnly} fractured={fractured} onChange={onChange} />
    </Stack>
  );
}

function choices(schema: GradingSchema, name: FieldName): { value: string; label: string }[] {
  return fieldOf(schema, name).options.map(({ code, title }) => ({ value: code, label: answered(title) }));
}

interface MoreProps extends Omit<FormProps, "label" | "answers" | "children"> {
  readonly fractured: boolean;
}

/** The fields beside grade and type that this project asks for. */
function MoreFields({ schema, grading, readOnly, fractured, onChange }: MoreProps) {
  const asked = (name: FieldName): boolean => fieldOf(schema, name).asked;
  const title = (name: FieldName): string => {
    const { needed } = fieldOf(schema, name);
    return needed === "always" || (needed === "fracture" && fractured)
      ? t("{{name}} (needed)", { name: FIELD_NAMES[name] })
      : FIELD_NAMES[name];
  };
  return (
    <>
      {asked("foreign_material") && (
        <Select
          label={title("foreign_material")}
          size="xs"
          disabled={readOnly}
          value={grading.foreign_material}
          allowDeselect={false}
          onChange={(value) => value && onChange({ foreign_material: value as ForeignMaterial })}
          data={choices(schema, "foreign_material")}
        />
      )}
      <Select
        label={title("not_gradable_reason")}
        size="xs"
        clearable
        placeholder={t("it can be graded")}
        disabled={readOnly}
        value={grading.not_gradable_reason || null}
        onChange={(value) => onChange({ not_gradable_reason: value ?? "" })}
        data={choices(schema, "not_gradable_reason")}
      />
      {asked("deformity") && (
        <Select
          label={title("deformity")}
          size="xs"
          clearable
          placeholder={t("none")}
          disabled={readOnly}
          value={grading.deformity || null}
          onChange={(value) => onChange({ deformity: value ?? "" })}
          data={choices(schema, "deformity")}
        />
      )}
      {asked("osteoporotic") && (fractured || fieldOf(schema, "osteoporotic").needed === "always") && (
        <Select
          label={title("osteoporotic")}
          size="xs"
          clearable
          placeholder={t("cannot say")}
          disabled={readOnly}
          value={grading.osteoporotic === null ? null : String(grading.osteoporotic)}
          onChange={(value) => onChange({ osteoporotic: value === null ? null : value === "true" })}
          data={[
            { value: "true", label: t("Yes") },
            { value: "false", label: t("No (trauma or other)") },
          ]}
        />
      )}
      {asked("transitional") && (
        <Checkbox
          size="sm"
          label={FIELD_NAMES.transitional}
          disabled={readOnly}
          checked={grading.transitional}
          onChange={(event) => onChange({ transitional: event.currentTarget.checked })}
        />
      )}
      {asked("comment") && (
        <CommentField
          key={grading.comment}
          label={title("comment")}
          value={grading.comment}
          readOnly={readOnly}
          onSave={(comment) => onChange({ comment })}
        />
      )}
    </>
  );
}

function Answers({ answers }: { readonly answers: readonly AnswerOfRater[] }) {
  return (
    <div className={styles["rowItem"]}>
      <Text size="xs" fw={600} mb={4}>
        {t("The raters said")}
      </Text>
      {answers.map((answer) => (
        <Text key={answer.slot} size="sm">
          <strong>{answer.slot}</strong>:{" "}
          {answer.grade === null
            ? reasonName(answer.not_gradable_reason) || t("no answer")
            : t("grade {{grade}} {{fracture_type}}", { grade: answer.grade, fracture_type: answer.fracture_type })}
          {answer.comment && ` – ${answer.comment}`}
        </Text>
      ))}
    </div>
  );
}

/** Saved when the field is left, so that a sentence is one answer and not one for each letter. */
function CommentField({
  label,
  value,
  readOnly,
  onSave,
}: {
  readonly label: string;
  readonly value: string;
  readonly readOnly: boolean;
  readonly onSave: (value: string) => void;
}) {
  const [text, setText] = useState(value);
  return (
    <Textarea
      label={label}
      size="xs"
      autosize
      minRows={2}
      readOnly={readOnly}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={() => text !== value && onSave(text)}
    />
  );
}
