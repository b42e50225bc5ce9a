using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Lexing;
using Toka.Query.Results;

namespace Toka.Query.PromQL.Parsing;

/// <summary>A place in an expression's tokens, with the small steps that every parser takes.</summary>
internal sealed class TokenCursor(string text)
{
    private readonly List<Token> _tokens = Lexer.Tokenize(text);
    private int _at;

    public Token Current => _tokens[_at];

    public Token Following => _tokens[Math.Min(_at + 1, _tokens.Count - 1)];

    /// <summary>Where the last token taken ended.</summary>
    public int LastEnd => _at == 0 ? 0 : _tokens[_at - 1].End;

    public Token Take()
    {
        var token = Current;
        _at = Math.Min(_at + 1, _tokens.Count - 1);
        return token;
    }

    public bool TryTake(TokenKind kind)
    {
        if (Current.Kind != kind)
        {
            return false;
        }

        Take();
        return true;
    }

    public bool TryTakeWord(string word)
    {
        if (!Current.IsWord(word))
        {
            return false;
        }

        Take();
        return true;
    }

    public Token Expect(TokenKind kind, string what, string where) =>
        Current.Kind == kind ? Take() : throw Error(Current.Start, $"unexpected {Current} in {where}, expected {what}");

    public QueryException Error(int position, string message) => Lexer.Error(text, position, message);

    public PositionRange From(int start) => new(start, LastEnd);
}
