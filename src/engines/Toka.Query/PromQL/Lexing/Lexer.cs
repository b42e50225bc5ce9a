using Toka.Query.PromQL.Ast;
using Toka.Query.Results;

namespace Toka.Query.PromQL.Lexing;

/// <summary>Cuts an expression into tokens.</summary>
/// <remarks>Source: Prometheus's <c>promql/parser</c> for what a token is; comments run from <c>#</c> to the line's end.</remarks>
internal sealed class Lexer
{
    private readonly string _text;
    private readonly List<Token> _tokens = [];
    private int _at;
    private int _brackets;

    private Lexer(string text) => _text = text;

    /// <summary>The tokens of a text; the last one is <see cref="TokenKind.End"/>.</summary>
    /// <exception cref="QueryException">A character or a literal is not PromQL.</exception>
    public static List<Token> Tokenize(string text)
    {
        var lexer = new Lexer(text);
        while (lexer.Next())
        {
        }

        lexer._tokens.Add(new Token(TokenKind.End, text.Length, text.Length, ""));
        return lexer._tokens;
    }

    /// <summary>A fault of the text, with line and column as Prometheus writes them.</summary>
    public static QueryException Error(string text, int position, string message)
    {
        var (line, column) = LineAndColumn(text, position);
        return new QueryException(QueryErrorType.BadData, $"{line}:{column}: parse error: {message}", position);
    }

    public static (int Line, int Column) LineAndColumn(string text, int position)
    {
        var before = text.AsSpan(0, Math.Clamp(position, 0, text.Length));
        return (before.Count('\n') + 1, before.Length - (before.LastIndexOf('\n') + 1) + 1);
    }

    private bool Next()
    {
        SkipBlanks();
        if (_at >= _text.Length)
        {
            return false;
        }

        var c = _text[_at];
        if (char.IsAsciiDigit(c) || (c == '.' && _at + 1 < _text.Length && char.IsAsciiDigit(_text[_at + 1])))
        {
            Number();
        }
        else if (char.IsAsciiLetter(c) || c == '_' || (c == ':' && _brackets == 0))
        {
            Word();
        }
        else if (c is '"' or '\'' or '`')
        {
            _tokens.Add(StringReader.Read(_text, ref _at));
        }
        else
        {
            Symbol(c);
        }

        return true;
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length)
        {
            if (_text[_at] == '#')
            {
                var end = _text.IndexOf('\n', _at);
                _at = end < 0 ? _text.Length : end;
            }
            else if (_text[_at] is ' ' or '\t' or '\n' or '\r')
            {
                _at++;
            }
            else
            {
                return;
            }
        }
    }

    private void Number()
    {
        var start = _at;
        var isHex = _text.AsSpan(start).StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        while (_at < _text.Length)
        {
            var c = _text[_at];
            var isExponentSign = !isHex && _at > start && (c is '+' or '-') && IsExponent(_text[_at - 1]) && IsDigitAt(_at + 1);
            if (!char.IsAsciiLetterOrDigit(c) && c != '.' && c != '_' && !isExponentSign)
            {
                break;
            }

            _at++;
        }

        var text = _text[start.._at];
        if (NumberFormat.TryParseDuration(text, out _))
        {
            _tokens.Add(new Token(TokenKind.Duration, start, _at, text));
        }
        else if (NumberFormat.TryParse(text, out var value))
        {
            if (double.IsInfinity(value))
            {
                // It would print as a word, which does not stand for a number everywhere. Source: Prometheus, parser.number.
                throw Error(_text, start, $"\"{text}\" is larger than any number; write Inf where that is meant");
            }

            _tokens.Add(new Token(TokenKind.Number, start, _at, text));
        }
        else
        {
            throw Error(_text, start, $"bad number or duration syntax: \"{text}\"");
        }
    }

    private static bool IsExponent(char c) => c is 'e' or 'E';

    private bool IsDigitAt(int at) => at < _text.Length && char.IsAsciiDigit(_text[at]);

    private void Word()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] == '_' || (_text[_at] == ':' && _brackets == 0)))
        {
            _at++;
        }

        _tokens.Add(new Token(TokenKind.Identifier, start, _at, _text[start.._at]));
    }

    private void Symbol(char c)
    {
        var next = _at + 1 < _text.Length ? _text[_at + 1] : '\0';
        var (kind, length) = (c, next) switch
        {
            ('=', '=') => (TokenKind.Equal, 2),
            ('=', '~') => (TokenKind.MatchesRegex, 2),
            ('!', '=') => (TokenKind.NotEqual, 2),
            ('!', '~') => (TokenKind.DoesNotMatchRegex, 2),
            ('>', '=') => (TokenKind.GreaterOrEqual, 2),
            ('<', '=') => (TokenKind.LessOrEqual, 2),
            ('<', '/') => (TokenKind.TrimUpper, 2),
            ('>', '/') => (TokenKind.TrimLower, 2),
            ('=', _) => (TokenKind.Assign, 1),
            ('>', _) => (TokenKind.Greater, 1),
            ('<', _) => (TokenKind.Less, 1),
            ('(', _) => (TokenKind.LeftParen, 1),
            (')', _) => (TokenKind.RightParen, 1),
            ('{', _) => (TokenKind.LeftBrace, 1),
            ('}', _) => (TokenKind.RightBrace, 1),
            ('[', _) => (TokenKind.LeftBracket, 1),
            (']', _) => (TokenKind.RightBracket, 1),
            (',', _) => (TokenKind.Comma, 1),
            (':', _) => (TokenKind.Colon, 1),
            ('@', _) => (TokenKind.At, 1),
            ('+', _) => (TokenKind.Add, 1),
            ('-', _) => (TokenKind.Subtract, 1),
            ('*', _) => (TokenKind.Multiply, 1),
            ('/', _) => (TokenKind.Divide, 1),
            ('%', _) => (TokenKind.Modulo, 1),
            ('^', _) => (TokenKind.Power, 1),
            _ => throw Error(_text, _at, $"unexpected character: '{c}'"),
        };
        _brackets = Math.Max(0, _brackets + (kind == TokenKind.LeftBracket ? 1 : kind == TokenKind.RightBracket ? -1 : 0));
        _tokens.Add(new Token(kind, _at, _at + length, _text.Substring(_at, length)));
        _at += length;
    }
}
