"""The login of RFC 7677, section 3, whose every message is known."""

import unittest

from crimestack.postgres_client import PostgresError, Scram

SERVER_FIRST = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
PROOF = "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
SERVER_FINAL = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


class Login(unittest.TestCase):
    def setUp(self):
        self.scram = Scram("pencil", nonce="rOprNGfwEbeRWgbNEkqO")
        # The RFC's example sends a user name; PostgreSQL takes it from the start of the connection.
        self.scram._bare = lambda: "n=user,r=rOprNGfwEbeRWgbNEkqO"

    def test_proves_the_password(self):
        self.assertTrue(self.scram.answer(SERVER_FIRST).endswith(PROOF))

    def test_believes_only_a_server_that_knows_it_too(self):
        self.scram.answer(SERVER_FIRST)
        self.scram.check(SERVER_FINAL)
        with self.assertRaisesRegex(PostgresError, "does not prove"):
            self.scram.check("v=AAAA")

    def test_refuses_the_answer_to_someone_elses_login(self):
        with self.assertRaisesRegex(PostgresError, "another login"):
            self.scram.answer(SERVER_FIRST.replace("rOpr", "xxxx"))


if __name__ == "__main__":
    unittest.main()
