/* Orders as the rows of a medication form: numbered once for the whole set of sheets.  form/ only. */
#ifndef REPLI_FORM_ORDERS_H
#define REPLI_FORM_ORDERS_H

#include "drugs.h"

/* ---- schedule.c */
enum { SCHEDULE_MAX = 48 };
struct schedule_in {
    const struct repli_zone *zone;
    int64_t from_utc, to_utc; /* the window */
    const char *times;        /* JSON list of "HH:MM", or NULL */
    int64_t period_s;         /* 0 = not said */
    bool has_start, has_end, once;
    int64_t start_utc, end_utc;
};
struct schedule {
    bool known;    /* the order says when */
    bool too_many; /* oftener than slots can show: `known` is false then */
    int64_t due[SCHEDULE_MAX];
    size_t count; /* ascending */
};
void repli_schedule(const struct schedule_in *said, struct schedule *out);

/* ---- words that the engine prints of orders: registered by the rows that need them */
/* clang-format off */
#define ORDER_TEXTS(_) \
    _(ORDER_HEAD, "Order, dose, route, frequency") \
    _(VERIFIED, "Verified") \
    _(VERIFIED_BY, "verified by") \
    _(VERIFIED_AT, "time") \
    _(CONTINUE, "continue") \
    _(STOP_TICK, "stop") \
    _(NEW_NUMBER, "\xE2\x86\x92 no.") \
    _(CHANGED, "changed: number of the new order") \
    _(SIGNED, "prescriber") \
    _(COLUMN, "{a}\xE2\x80\x93{b} h") \
    _(GIVEN, "given") \
    _(GIVEN_AT, "given at") \
    _(GIVEN_BY, "given by") \
    _(SECOND, "checked by") \
    _(DOSE_GIVEN, "dose given") \
    _(WHY_NOT, "not given: code") \
    _(HOUR, "time") \
    _(HIGH_ALERT, "HIGH RISK") \
    _(HIGH_ALERT_DO, "2 initials, time, dose") \
    _(HIGH_ALERT_IN, "2 initials, time, dose in {unit}") \
    _(ON_HOLD, "ON HOLD") \
    _(ON_HOLD_DO, "do not give without the prescriber") \
    _(NO_TIMES, "times not transmitted: write each one") \
    _(TOO_MANY, "given too often for slots: use the infusion chart") \
    _(NO_DOSE, "dose not transmitted") \
    _(LAST_DOSE, "last dose") \
    _(LAST_UNKNOWN, "last dose not transmitted") \
    _(SINCE, "since {date}") \
    _(FROM, "from {date}") \
    _(UNTIL, "until {date}") \
    _(STOP_WORD, "STOP") \
    _(STOP_DO, "do not give any more") \
    _(CHARTED, "given {time}") \
    _(CHARTED_NOT, "not given {time}") \
    _(CHARTED_OTHER, "charted {time}") \
    _(MIN_INTERVAL, "at least *{n}* between two doses") \
    _(NO_INTERVAL, "interval between doses not transmitted") \
    _(MAXIMUM, "at most *{n}* in 24 h") \
    _(NO_MAXIMUM, "maximum in 24 h not transmitted") \
    _(HOURS, "{n} h") \
    _(MINUTES, "{n} min") \
    _(ASNEEDED_HEAD, "As needed: order, ceiling") \
    _(ASNEEDED_SLOTS, "each dose: time, dose, initials; reason and effect as codes") \
    _(WHY, "reason") \
    _(EFFECT, "effect") \
    _(TOTAL, "total 24 h") \
    _(NO_ORDERS, "no order was transmitted") \
    _(CHECK_EACH, "CHECK EACH ORDER") \
    _(NO_FIRST_DOSE, "NO FIRST DOSE WITHOUT THE PRESCRIBER") \
    _(HISTORY_ONLY, "HISTORY: GIVE NOTHING BY IT") \
    _(OUTAGE_SINCE, "outage since {time}") \
    _(HISTORY, "HISTORY") \
    _(HISTORY_DO, "Data older than 48 h: give nothing by this list. The prescriber writes every order anew.")
/* clang-format on */
enum order_word {
#define ORDER_TEXT_ENUM(name, english) WORD_##name,
    ORDER_TEXTS(ORDER_TEXT_ENUM)
#undef ORDER_TEXT_ENUM
        WORD_COUNT
};
void repli_order_words(struct repli_form *form);

/* ---- order.c */
struct dose {
    const char *status, *dose, *unit;
    int64_t utc;
};
struct order {
    int number; /* printed; regular ones first, then as needed */
    bool as_needed, high_alert, on_hold, has_start, has_end;
    const char *id, *sent_name, *sent_dose, *sent_unit, *sent_route, *sent_max; /* as transmitted, or NULL */
    const char *name, *dose, *unit, *route, *frequency, *form, *reason, *max_24h, *prescriber; /* printed, or NULL */
    int64_t start_utc, end_utc;
    int64_t interval_s; /* as needed: shortest time between doses; 0 = not said */
    struct schedule schedule;
    const struct dose *last; /* last one that was given; NULL = none transmitted */
    const struct dose *doses;
    size_t ndoses; /* newest first */
};
struct orders {
    struct order *items;
    size_t count, regular; /* [0, regular) regular, then as needed */
};
/* Of this layout's patient; read once. */
const struct orders *repli_flow_orders(struct flow *flow);
/* The number of the first handwritten order: 11, or the one after the last printed one. */
int repli_orders_next(struct flow *flow);

/* ---- order_text.c: what is printed of an order, in a column of this width */
struct order_text {
    struct flow *flow;
    const struct order *order;
    bool again; /* a repeated row: name and dose only, and "continued" */
    int32_t x, room_um;
    int32_t slack_um; /* more white between lines, where the row is high enough anyway */
    bool wide;        /* as-needed block: indication, interval and maximum on lines of their own */
};
/* Height that it needs; draws at `y` when draw is true. */
int32_t repli_order_text(const struct order_text *t, int32_t y, bool draw);
/* Its height, at least `least`; sets the slack that this leaves. */
int32_t repli_order_height(struct order_text *t, int32_t least);

/* ---- order_row.c: what both blocks share */
#define ORDER_NUMBER_UM MM(6.0)
#define ORDER_TEXT_UM   MM(57.4)
#define ORDER_VERIFY_UM MM(18.2)
#define ORDER_SLOT_UM   MM(24.6)
#define ORDER_HEAD_UM   MM(5.0)
#define ORDER_SIGN_UM   MM(30.2) /* a row in which the prescriber signs is at least so high */
#define ORDER_UNIT_UM   MM(4.8)  /* room for a unit inside a slot */
#define ORDER_VERIFY_X  (BODY_X0 + ORDER_NUMBER_UM + ORDER_TEXT_UM)
#define ORDER_SLOTS_X   (ORDER_VERIFY_X + ORDER_VERIFY_UM)
struct order_field {
    enum repli_field_kind kind;
    const char *id, *role, *group, *unit, *cells;
    enum order_word label;
    int tier, decimals;
    int32_t width, height; /* of a comb: of its cells */
    struct repli_range hard;
};
struct repli_field *repli_order_field(struct flow *flow, const struct order_field *f, const char *prefix, int32_t x,
                                      int32_t y);
/* "order": ..., "medication": ... of a key, without braces. */
void repli_order_keys(struct flow *flow, const struct order *order, struct repli_buf *b);
/* The key of a dose that is asked for, not planned: as needed, or by a measurement.  interval_s 0: none was sent. */
const char *repli_order_asked_key(struct flow *flow, const struct order *order, int64_t interval_s);
/* Ticks continue and stop and the number of the new order; capture "<prefix>.verify". */
void repli_order_verify(struct flow *flow, const struct order *order, const char *prefix, int32_t y);
/* The number, and the bar of a high-alert order, of a row of this height. */
void repli_order_edge(struct flow *flow, const struct order *order, int32_t y, int32_t height);
/* Captions above a block's first row on a side; `right` NULL: the caller writes the columns'. */
void repli_order_head(struct flow *flow, int32_t y, const char *left, const char *right);
void repli_order_caption(struct flow *flow, int32_t x, int32_t baseline, int32_t room, const char *text);

#endif
