using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Lexing;

namespace Toka.Query.PromQL.Parsing;

/// <summary>What the sides of a binary operator must be.</summary>
internal static class BinaryChecks
{
    public static BinaryExpr Make(
        TokenCursor tokens, Token at, BinaryOperator op, Expr left, Expr right, VectorMatching? matching, bool returnsBool)
    {
        foreach (var side in (ReadOnlySpan<Expr>)[left, right])
        {
            if (side.Type is not (ExprType.Scalar or ExprType.InstantVector))
            {
                throw tokens.Error(side.Position.Start, "binary expression must contain only scalar and instant vector types");
            }
        }

        var vectors = (left.Type == ExprType.InstantVector ? 1 : 0) + (right.Type == ExprType.InstantVector ? 1 : 0);
        if (op is >= BinaryOperator.Equal and <= BinaryOperator.LessOrEqual && vectors == 0 && !returnsBool)
        {
            throw tokens.Error(at.Start, "comparisons between scalars must use BOOL modifier");
        }

        if (op is BinaryOperator.TrimUpper or BinaryOperator.TrimLower && vectors == 0)
        {
            throw tokens.Error(at.Start, $"operator \"{Names.Of(op)}\" not allowed for scalar operations: it trims native histograms");
        }

        if (op >= BinaryOperator.And && vectors < 2)
        {
            throw tokens.Error(at.Start, $"set operator \"{Names.Of(op)}\" not allowed in binary scalar expression");
        }

        if (matching is not null && vectors < 2)
        {
            throw tokens.Error(at.Start, matching.FillLeft is null && matching.FillRight is null
                ? "vector matching only allowed between instant vectors"
                : "filling in missing series only allowed between instant vectors");
        }

        if (vectors == 2 && matching is null)
        {
            matching = op >= BinaryOperator.And
                ? VectorMatching.Default with { Cardinality = MatchCardinality.ManyToMany }
                : VectorMatching.Default;
        }

        return new BinaryExpr(op, left, right, matching, returnsBool)
        {
            Position = new PositionRange(left.Position.Start, right.Position.End),
        };
    }
}
