package sqlite

import (
	"context"
	"fmt"

	"github.com/tftsr/tftsr/store"
)

// SetBudget implements [store.Budgets].
func (db *DB) SetBudget(ctx context.Context, b store.Budget) error {
	err := db.write(ctx, func(c *conn) error {
		_, err := c.exec("INSERT OR REPLACE INTO budgets (scope, owner, micro_usd, tokens) VALUES (?, ?, ?, ?)", b.Scope, b.Owner, b.MicroUSD, b.Tokens)
		return err
	})
	if err != nil {
		return fmt.Errorf("set budget: %w", err)
	}
	return nil
}

// Budgets implements [store.Budgets].
func (db *DB) Budgets(ctx context.Context) ([]store.Budget, error) {
	var list []store.Budget
	err := db.read(ctx, func(c *conn) (err error) {
		list, err = budgets(c)
		return err
	})
	return list, err
}

func budgets(c *conn) (list []store.Budget, err error) {
	err = c.query("SELECT scope, owner, micro_usd, tokens FROM budgets ORDER BY scope", nil, func(r row) error {
		list = append(list, store.Budget{Scope: r.text(0), Owner: r.text(1), MicroUSD: r.int64(2), Tokens: r.int64(3)})
		return nil
	})
	return list, err
}

// Reserve implements [store.Budgets]. Looking and counting are one
// transaction, so that calls at the same time cannot both take what is left.
func (db *DB) Reserve(ctx context.Context, s store.Spending) error {
	return db.write(ctx, func(c *conn) error {
		limits, err := budgets(c)
		if err != nil {
			return err
		}
		for _, b := range limits {
			day, issue := s.Day, ""
			if b.Scope == store.BudgetIssue {
				if day, issue = "", s.IssueID; issue == "" {
					continue
				}
			}
			was, err := spent(c, day, issue)
			if err != nil {
				return err
			}
			if b.Tokens > 0 && was.Input+was.Output+s.Input+s.Output > b.Tokens || b.MicroUSD > 0 && was.MicroUSD+s.MicroUSD > b.MicroUSD {
				return &store.BudgetError{Budget: b, Spent: was}
			}
		}
		return count(c, s, s.Day)
	})
}

// Settle implements [store.Budgets].
func (db *DB) Settle(ctx context.Context, reserved, is store.Spending) error {
	diff := is
	diff.Calls -= reserved.Calls
	diff.Input -= reserved.Input
	diff.Output -= reserved.Output
	diff.MicroUSD -= reserved.MicroUSD
	// It was reserved on that day, also when it ended on the next.
	err := db.write(ctx, func(c *conn) error { return count(c, diff, reserved.Day) })
	if err != nil {
		return fmt.Errorf("settle what a call cost: %w", err)
	}
	return nil
}

// count adds s to the sums of its day and, if it still exists, of its issue.
func count(c *conn, s store.Spending, day string) error {
	if _, err := c.exec(`INSERT INTO spent_days (day, provider, owner, calls, input_tokens, output_tokens, micro_usd) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (day, provider, owner) DO UPDATE SET calls = calls + excluded.calls, input_tokens = input_tokens + excluded.input_tokens,
		output_tokens = output_tokens + excluded.output_tokens, micro_usd = micro_usd + excluded.micro_usd`,
		day, s.Provider, s.Owner, s.Calls, s.Input, s.Output, s.MicroUSD); err != nil {
		return err
	}
	if s.IssueID == "" {
		return nil
	}
	_, err := c.exec(`INSERT INTO spent_issues (issue_id, provider, owner, calls, input_tokens, output_tokens, micro_usd)
		SELECT id, ?, ?, ?, ?, ?, ? FROM issues WHERE id = ?
		ON CONFLICT (issue_id, provider, owner) DO UPDATE SET calls = calls + excluded.calls, input_tokens = input_tokens + excluded.input_tokens,
		output_tokens = output_tokens + excluded.output_tokens, micro_usd = micro_usd + excluded.micro_usd`,
		s.Provider, s.Owner, s.Calls, s.Input, s.Output, s.MicroUSD, s.IssueID)
	return err
}

// Spent implements [store.Budgets].
func (db *DB) Spent(ctx context.Context, day, issueID string) (store.Spending, error) {
	var s store.Spending
	err := db.read(ctx, func(c *conn) (err error) {
		s, err = spent(c, day, issueID)
		return err
	})
	return s, err
}

func spent(c *conn, day, issueID string) (store.Spending, error) {
	from, key := "spent_days WHERE day = ?", day
	if issueID != "" {
		from, key = "spent_issues WHERE issue_id = ?", issueID
	}
	s := store.Spending{Day: day, IssueID: issueID}
	_, err := c.queryRow("SELECT coalesce(sum(calls), 0), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), coalesce(sum(micro_usd), 0) FROM "+from, []any{key}, func(r row) error {
		s.Calls, s.Input, s.Output, s.MicroUSD = r.int64(0), r.int64(1), r.int64(2), r.int64(3)
		return nil
	})
	return s, err
}
