package wire

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzParseRequestAcceptsOnlyWhatItWouldWrite(f *testing.F) {
	address := seededKey(f, 1).Address()
	zeros := "00000000000000000000000000000000"
	f.Add("POST", "/v1/completions", Domain, "agora-1", "1", "2", "1700000000000-"+zeros, address, address, zeros+zeros, "02"+zeros+zeros, zeros+zeros+zeros+zeros)
	f.Add("", "", "", "", "-1", "+1", "--", "agora1", "\x00", "zz", "", "")
	f.Fuzz(func(t *testing.T, method, target, version, chain, netuid, epoch, nonce, sender, receiver, body, key, signature string) {
		h := http.Header{}
		for name, value := range map[string]string{
			HeaderVersion: version, HeaderChainID: chain, HeaderNetuid: netuid, HeaderEpoch: epoch, HeaderNonce: nonce,
			HeaderSender: sender, HeaderReceiver: receiver, HeaderBody: body, HeaderPubKey: key, HeaderSignature: signature,
		} {
			h[name] = []string{value}
		}
		request, err := ParseRequest(method, target, h)
		if err != nil {
			return
		}
		again := http.Header{}
		request.SetHeaders(again)
		require.Equal(t, h, again)
		_ = request.Verify() // must not panic
	})
}

func FuzzParseReceiptAcceptsOnlyWhatItWouldWrite(f *testing.F) {
	receipt, err := NewReceipt(seededKey(f, 2), Digest{1}, 200, Digest{2})
	require.NoError(f, err)
	f.Add(receipt.String())
	f.Add("agora/1;;;;;")
	f.Fuzz(func(t *testing.T, text string) {
		receipt, err := ParseReceipt(text)
		if err != nil {
			return
		}
		require.Equal(t, text, receipt.String())
		_ = receipt.Verify("", receipt.Request, receipt.Body) // must not panic
	})
}

func FuzzSplitReceiptCommentOnlyTakesAWholeComment(f *testing.F) {
	receipt, err := NewReceipt(seededKey(f, 2), Digest{1}, 200, Digest{2})
	require.NoError(f, err)
	f.Add([]byte("data: 1\n\n" + ReceiptCommentPrefix + receipt.String() + "\n\n"))
	f.Add([]byte(ReceiptCommentPrefix))
	f.Fuzz(func(t *testing.T, body []byte) {
		events, text := splitReceiptComment(body)
		if text == "" {
			require.Equal(t, body, events)
			return
		}
		require.Equal(t, string(body), string(events)+ReceiptCommentPrefix+text+"\n\n")
	})
}
